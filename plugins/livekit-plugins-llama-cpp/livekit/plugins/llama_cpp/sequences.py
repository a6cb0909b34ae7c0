"""Which KV sequence serves which request. Pure: it decides, the runtime does.

All sequences share one buffer of ``n_ctx`` tokens. A request that goes on with a conversation
takes over its sequence; another takes the one unused for longest and copies the longest common
beginning from wherever it is, which costs nothing in a shared buffer.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from .conversation import Conversation


@dataclass(slots=True, eq=False)
class Slot:
    """One KV sequence. ``tokens`` is at all times exactly what the sequence holds.

    ``reserved`` is how long it may grow while a request uses it, 0 while none does.
    """

    index: int
    tokens: list[int] = field(default_factory=list)
    conversation: Conversation | None = None
    reserved: int = 0
    last_used: int = 0

    @property
    def busy(self) -> bool:
        return self.reserved > 0

    @property
    def demand(self) -> int:
        return max(self.reserved, len(self.tokens))


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a request goes: first copy or shorten, then clear ``evicted``.

    Attributes:
        slot: the sequence to use.
        reused: how many tokens of the prompt are there already.
        donor: where they come from, if not from ``slot`` itself.
        evicted: idle sequences that have to go to make room.
    """

    slot: Slot
    reused: int
    donor: Slot | None
    evicted: tuple[Slot, ...]


def common_tokens(a: Sequence[int], b: Sequence[int]) -> int:
    """Length of the common beginning."""
    pairs = zip(a, b, strict=False)
    return next((i for i, (x, y) in enumerate(pairs) if x != y), min(len(a), len(b)))


class SequencePool:
    """The sequences of one context."""

    def __init__(self, n_sequences: int, n_ctx: int) -> None:
        self._slots = [Slot(index) for index in range(n_sequences)]
        self._n_ctx = n_ctx
        self._clock = 0

    def place(
        self, prompt: Sequence[int], conversation: Conversation, reserve: int
    ) -> Placement | None:
        """Where a request should run; None while busy sequences leave no room for it.

        Args:
            prompt: its tokens; the last is always evaluated again, for its logits.
            reserve: tokens it may hold in the end.
        """
        shared = {s.index: common_tokens(s.tokens, prompt[:-1]) for s in self._slots}
        slot = self._own(conversation, shared) or self._least_recent()
        if slot is None:
            return None
        best = max(self._slots, key=lambda s: (shared[s.index], s is slot))
        evicted = self._evictions(slot, reserve)
        if evicted is None:
            return None
        return Placement(slot, shared[best.index], None if best is slot else best, evicted)

    def occupy(self, slot: Slot, conversation: Conversation, reserve: int) -> None:
        """Mark the slot as used by a request."""
        self._clock += 1
        slot.conversation, slot.reserved, slot.last_used = conversation, reserve, self._clock

    def release(self, slot: Slot) -> None:
        """The request is over; the sequence stays until it is needed for another."""
        slot.reserved = 0

    def _own(self, conversation: Conversation, shared: dict[int, int]) -> Slot | None:
        own = [
            s
            for s in self._slots
            if not s.busy and s.conversation and conversation.follows(s.conversation)
        ]
        return max(own, key=lambda s: (shared[s.index], s.last_used), default=None)

    def _least_recent(self) -> Slot | None:
        idle = [s for s in self._slots if not s.busy]
        return min(idle, key=lambda s: (bool(s.tokens), s.last_used), default=None)

    def _evictions(self, slot: Slot, reserve: int) -> tuple[Slot, ...] | None:
        excess = reserve - self._n_ctx + sum(s.demand for s in self._slots if s is not slot)
        evicted = []
        idle = [s for s in self._slots if s.tokens and not s.busy and s is not slot]
        for candidate in sorted(idle, key=lambda s: s.last_used):
            if excess <= 0:
                break
            evicted.append(candidate)
            excess -= candidate.demand
        return tuple(evicted) if excess <= 0 else None
