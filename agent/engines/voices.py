"""Which voice each speaker of a room has in a language. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from livekit.agents import LanguageCode

Stock = Mapping[str, str | None]
"""The voices there are, by name, the preferred ones first; ``female``, ``male`` or not known."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Whose words are to be spoken, and how they want to sound.

    ``voice`` is ``female``, ``male``, the name of a voice, or empty.
    """

    speaker: str = ""
    voice: str = ""


ANYBODY = Wish()
"""Nobody in particular, who does not mind."""


class Casting:
    """Gives every speaker of a room a voice of their own, as far as there are enough.

    A speaker keeps theirs until they are forgotten or wish for another.
    """

    def __init__(self) -> None:
        # By stock and speaker: what was wished for, and the voice.
        self._parts: dict[tuple[str, ...], dict[str, tuple[Wish, str]]] = {}

    def cast(self, wish: Wish, stock: Stock) -> str:
        """The speaker's voice among those of one engine and language; there has to be one."""
        parts = self._parts.setdefault(tuple(stock), {})
        granted, voice = parts.get(wish.speaker, (None, ""))
        if granted != wish:
            parts.pop(wish.speaker, None)
            voice = choose(stock, wish.voice, (taken for _, taken in parts.values()))
            parts[wish.speaker] = wish, voice
        return voice

    def forget(self, speaker: str) -> None:
        """Their voices may go to somebody else."""
        for parts in self._parts.values():
            parts.pop(speaker, None)


def choose(stock: Stock, wished: str, taken: Iterable[str]) -> str:
    """The first of the voices that the fewest have, among those that are wished for if there are.

    Args:
        taken: the voice of each of the others.
    """
    fitting = [name for name, gender in stock.items() if wished in (name, gender)] or list(stock)
    times = Counter(taken)
    return min(fitting, key=lambda name: times[name])


def voices_for(language: str, voices: Mapping[str, Sequence[str]]) -> Sequence[str]:
    """The configured voices: for exactly this language, else for the language of any region."""
    return voices.get(language) or voices.get(LanguageCode(language).language) or ()
