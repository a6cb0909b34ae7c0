"""The finished sentences that a translator is shown, kept as the cascade keeps them."""

from livekit.plugins.cascade import SentencePair, TargetOptions, Translator
from livekit.plugins.cascade.draft import OpenTranslation
from livekit.plugins.cascade.policy import options_for


class Context:
    """Finished pairs as :class:`TargetStream` shows them with its default options.

    It is for what translates otherwise: compared are ways of translating, not what they may read,
    nor what keeps a model from going astray.
    """

    def __init__(self) -> None:
        self._options = TargetOptions()
        self._pairs: list[SentencePair] = []

    def open(self, segment_id: str, translator: Translator) -> OpenTranslation:
        """The next sentence's translation: asked for and guarded as the cascade does it."""
        policy = options_for(translator.source_language, translator.target_language)
        return OpenTranslation(segment_id, translator.target_language, policy, self._pairs)

    def add(self, pair: SentencePair) -> None:
        """Take the next one; where there are too many, all but the latest few go."""
        if len(self._pairs) >= self._options.most_context_pairs:
            del self._pairs[: max(len(self._pairs) - self._options.context_pairs, 0)]
        self._pairs.append(pair)
