"""The direct route: a recogniser that already writes the target language."""

from .hypothesis import Hypothesis, OnPartial, TranslationRequest
from .policy import PolicyOptions

# The recogniser's own policy has decided what is committed, so nothing waits a second time.
DIRECT_POLICY = PolicyOptions(
    hold=0,
    solo_hold=0,
    leaning_hold=0,
    min_source_words=1,
    step_words=1,
    may_copy_source=True,
)


class DirectTranslator:
    """A :class:`.translator.Translator` whose source is written in the target language already.

    For a recogniser that translates (Whisper's task "translate"): use it with
    :data:`DIRECT_POLICY`, and with a :class:`.source.SourceStream` of its own, since the sentences
    of the original are others.

    Args:
        source_language: what is spoken.
        target_language: what the recogniser writes.
    """

    def __init__(self, *, source_language: str, target_language: str) -> None:
        self._source_language = source_language
        self._target_language = target_language

    @property
    def source_language(self) -> str:
        return self._source_language

    @property
    def target_language(self) -> str:
        return self._target_language

    async def translate(
        self, request: TranslationRequest, on_partial: OnPartial | None = None
    ) -> Hypothesis:
        """The source as it is. Never fails."""
        return Hypothesis(request.source, complete=True)
