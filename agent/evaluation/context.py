"""The finished sentences that a translator is shown, kept as the cascade keeps them."""

from livekit.plugins.cascade import SentencePair, TargetOptions


class Context:
    """Finished pairs as :class:`TargetStream` shows them with its default options.

    It is for what translates otherwise: compared are ways of translating, not what they may read.
    """

    def __init__(self) -> None:
        self._options = TargetOptions()
        self._pairs: list[SentencePair] = []

    @property
    def pairs(self) -> tuple[SentencePair, ...]:
        """Oldest first."""
        return tuple(self._pairs)

    def add(self, pair: SentencePair) -> None:
        """Take the next one; where there are too many, all but the latest few go."""
        if len(self._pairs) >= self._options.most_context_pairs:
            del self._pairs[: max(len(self._pairs) - self._options.context_pairs, 0)]
        self._pairs.append(pair)
