"""Which KV sequence serves which request. Pure: it decides, the runtime does.

All sequences share one buffer of ``n_ctx`` tokens. A request that goes on with a conversation
takes over its sequence, and so does one on the sentence after it; what is in the buffer slows every
pass down (1.5B on a CPU, 32 tokens: 3900 in the buffer make them a fifth slower than 150). Another
takes the one unused for longest and copies the longest common beginning from wherever it is, which
costs nothing in a shared buffer.

A conversation that grows loses its oldest sentences in the middle of the prompt. What stands behind
them is kept (context shift): evaluated again it costs as much as several answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from .conversation import Conversation

# Fewer tokens are as quickly evaluated again.
_WORTH_CUTTING = 16


@dataclass(slots=True, eq=False)
class Slot:
    """One KV sequence. ``tokens`` is at all times exactly what the sequence holds.

    ``reserved`` is how long it may grow while a request uses it, 0 while none does; ``shared`` is
    how many tokens at its beginning other sequences may hold as well.
    """

    index: int
    tokens: list[int] = field(default_factory=list)
    conversation: Conversation | None = None
    reserved: int = 0
    shared: int = 0
    last_used: int = 0

    def shorten(self, length: int) -> None:
        """Note that the sequence was shortened to ``length`` tokens."""
        del self.tokens[length:]
        self.shared = min(self.shared, length)

    @property
    def busy(self) -> bool:
        return self.reserved > 0

    @property
    def demand(self) -> int:
        return max(self.reserved, len(self.tokens))


@dataclass(frozen=True, slots=True)
class Cut:
    """Tokens to take out of a sequence, after which it begins with ``reused`` of the prompt."""

    start: int
    length: int
    reused: int


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a request goes: first cut, then copy or shorten, then clear ``evicted``.

    Attributes:
        slot: the sequence to use.
        reused: how many tokens of the prompt are there already.
        donor: where they come from, if not from ``slot`` itself.
        evicted: idle sequences that have to go to make room.
        cut: what to take out of ``slot`` first.
    """

    slot: Slot
    reused: int
    donor: Slot | None
    evicted: tuple[Slot, ...]
    cut: Cut | None = None


def common_tokens(a: Sequence[int], b: Sequence[int]) -> int:
    """Length of the common beginning."""
    pairs = zip(a, b, strict=False)
    return next((i for i, (x, y) in enumerate(pairs) if x != y), min(len(a), len(b)))


def find_cut(tokens: Sequence[int], prompt: Sequence[int]) -> Cut | None:
    """What to take out of ``tokens`` so that most of them are the beginning of ``prompt``.

    Returns:
        None where it would save too little.
    """
    start = common_tokens(tokens, prompt)
    rest = prompt[start:]
    lengths = range(1, len(tokens) - start)
    saved = {length: common_tokens(tokens[start + length :], rest) for length in lengths}
    best = max(saved, key=saved.__getitem__, default=0)
    if saved.get(best, 0) < _WORTH_CUTTING:
        return None
    return Cut(start, best, start + saved[best])


class SequencePool:
    """The sequences of one context.

    Args:
        can_cut: whether tokens can be taken out of the middle of a sequence.
    """

    def __init__(self, n_sequences: int, n_ctx: int, *, can_cut: bool = False) -> None:
        self._slots = [Slot(index) for index in range(n_sequences)]
        self._n_ctx = n_ctx
        self._can_cut = can_cut
        self._clock = 0

    def place(
        self, prompt: Sequence[int], conversation: Conversation, reserve: int
    ) -> Placement | None:
        """Where a request should run; None while busy sequences leave no room for it.

        Args:
            prompt: its tokens; the last is always evaluated again, for its logits.
            reserve: tokens it may hold in the end.
        """
        begins = {s.index: common_tokens(s.tokens, prompt[:-1]) for s in self._slots}
        own = self._own(conversation, begins)
        slot = own or self._least_recent()
        if slot is None:
            return None
        best = max(self._slots, key=lambda s: (begins[s.index], s is slot))
        cut = self._cut(own, prompt[:-1], conversation) if own else None
        evicted = self._evictions(slot, reserve)
        if evicted is None:
            return None
        if cut and cut.reused > begins[best.index]:
            return Placement(slot, cut.reused, None, evicted, cut)
        return Placement(slot, begins[best.index], None if best is slot else best, evicted)

    def occupy(self, slot: Slot, conversation: Conversation, reserve: int) -> None:
        """Mark the slot as used by a request."""
        self._clock += 1
        slot.conversation, slot.reserved, slot.last_used = conversation, reserve, self._clock

    def share(self, donor: Slot, slot: Slot, length: int) -> None:
        """Note that ``slot`` holds the first tokens of ``donor``, and nothing else."""
        slot.tokens = donor.tokens[:length]
        slot.shared = length
        donor.shared = max(donor.shared, length)

    def release(self, slot: Slot) -> None:
        """The request is over; the sequence stays until it is needed for another."""
        slot.reserved = 0

    def _own(self, conversation: Conversation, begins: dict[int, int]) -> Slot | None:
        """The idle sequence of the conversation, or of the sentence before it."""
        idle = [(s, s.conversation) for s in self._slots if not s.busy and s.conversation]
        own = [s for s, earlier in idle if conversation.follows(earlier)]
        before = [s for s, earlier in idle if conversation.succeeds(earlier)]
        return max(own or before, key=lambda s: (begins[s.index], s.last_used), default=None)

    def _cut(self, slot: Slot, prompt: Sequence[int], about: Conversation) -> Cut | None:
        """What the next sentence's prompt is without.

        A token that another sequence may hold too has to stay in its place.
        """
        if not (self._can_cut and slot.conversation and about.succeeds(slot.conversation)):
            return None
        cut = find_cut(slot.tokens, prompt)
        return cut if cut and cut.start + cut.length >= slot.shared else None

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
