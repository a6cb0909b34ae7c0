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
        instructions: the part of the head that all conversations of one kind share.
        previous: the user message before the last; empty where there is none.
    """

    head: str = ""
    source: str = ""
    forced: str = ""
    instructions: str = ""
    previous: str = ""

    def succeeds(self, earlier: "Conversation") -> bool:
        """Whether this is on the sentence after that of ``earlier``, which is done."""
        if self.instructions != earlier.instructions or self.head == earlier.head:
            return False
        return _are_steps(self.previous, earlier.source)

    def follows(self, earlier: "Conversation") -> bool:
        """Whether this is another step on (almost) the same source."""
        if self.head != earlier.head or not self.source:
            return False
        return _are_steps(self.source, earlier.source)

    def shared_source(self, other: "Conversation") -> int:
        """How many characters the sources have in common from their beginnings."""
        return _shared(self.source, other.source)


def _are_steps(source: str, other: str) -> bool:
    """Whether two sources are (almost) the same, up to where the shorter one ends."""
    shorter = min(len(source), len(other))
    return shorter > 0 and _shared(source, other) >= _SHARED_SOURCE * shorter


def _shared(source: str, other: str) -> int:
    ends = (i for i, (a, b) in enumerate(zip(source, other, strict=False)) if a != b)
    return next(ends, min(len(source), len(other)))
