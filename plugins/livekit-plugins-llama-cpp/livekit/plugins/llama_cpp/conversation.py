"""Which requests belong together: the same prompt around a growing source. Pure."""

from dataclasses import dataclass

# A recogniser rewrites the end of its hypothesis, so less than the whole source has to agree.
_SHARED_SOURCE = 0.5


@dataclass(frozen=True, slots=True)
class Conversation:
    """What identifies the step of an incremental translation.

    Attributes:
        head: everything before the last user message.
        source: the last user message.
        forced: the beginning of the answer, decided already.
    """

    head: str = ""
    source: str = ""
    forced: str = ""

    def follows(self, earlier: "Conversation") -> bool:
        """Whether this is another step on (almost) the same source."""
        if self.head != earlier.head or not self.source:
            return False
        shorter = min(len(self.source), len(earlier.source))
        return self.shared_source(earlier) >= _SHARED_SOURCE * shorter

    def shared_source(self, other: "Conversation") -> int:
        """How many characters the sources have in common from their beginnings."""
        pairs = zip(self.source, other.source, strict=False)
        ends = (i for i, (a, b) in enumerate(pairs) if a != b)
        return next(ends, min(len(self.source), len(other.source)))
