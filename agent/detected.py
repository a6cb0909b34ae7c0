"""Which language has been heard at each microphone. Pure."""

from collections.abc import Collection, Mapping

from .routing import same_language


class DetectedLanguages:
    """The language that is spoken at each microphone, as far as it had to be heard."""

    def __init__(self) -> None:
        self._languages: dict[str, str] = {}

    @property
    def by_track(self) -> Mapping[str, str]:
        """The languages, by the sid of the microphone's track."""
        return self._languages

    def take(self, track_sid: str, language: str) -> None:
        """This is spoken now."""
        before = self._languages.get(track_sid)
        # Under another of its codes it would be another route.
        if before is None or not same_language(before, language):
            self._languages[track_sid] = language

    def keep(self, track_sids: Collection[str]) -> None:
        """Forget all other microphones."""
        self._languages = {sid: said for sid, said in self._languages.items() if sid in track_sids}
