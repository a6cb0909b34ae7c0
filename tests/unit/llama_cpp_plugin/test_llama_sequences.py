"""Which KV sequence a request gets, and which answer becomes its draft."""

import pytest

from livekit.plugins.llama_cpp.conversation import Conversation
from livekit.plugins.llama_cpp.drafts import Answer, Draft, DraftMemory
from livekit.plugins.llama_cpp.sequences import Placement, SequencePool, common_tokens

pytestmark = pytest.mark.unit


def conversation(source: str, head: str = "es", forced: str = "") -> Conversation:
    return Conversation(head, source, forced)


def run(
    pool: SequencePool, prompt: list[int], about: Conversation, *, keep_busy: bool = False
) -> Placement:
    """Place a request and let it end with exactly its prompt in the sequence."""
    placement = pool.place(prompt, about, len(prompt) + 5)
    assert placement is not None
    for evicted in placement.evicted:
        evicted.tokens.clear()
    pool.occupy(placement.slot, about, len(prompt) + 5)
    placement.slot.tokens = list(prompt)
    if not keep_busy:
        pool.release(placement.slot)
    return placement


def test_common_tokens() -> None:
    assert common_tokens([1, 2, 3], [1, 2, 4]) == 2
    assert common_tokens([1, 2], [1, 2, 4]) == 2
    assert common_tokens([], [1]) == 0


def test_a_growing_prompt_stays_on_its_sequence() -> None:
    pool = SequencePool(4, 1000)
    first = run(pool, [1, 2, 3, 4], conversation("We need"))
    second = run(pool, [1, 2, 3, 9, 4], conversation("We need to go"))
    assert second.slot is first.slot and second.reused == 3 and second.donor is None


def test_the_same_prompt_leaves_its_last_token_to_evaluate() -> None:
    pool = SequencePool(4, 1000)
    run(pool, [1, 2, 3], conversation("We need"))
    assert run(pool, [1, 2, 3], conversation("We need")).reused == 2


def test_two_conversations_with_a_common_beginning_do_not_take_each_others_sequence() -> None:
    pool = SequencePool(4, 1000)
    first = run(pool, [1, 2, 3, 4], conversation("We need"))
    other = run(pool, [1, 2, 7, 8], conversation("Good morning"))
    assert other.slot is not first.slot
    assert other.donor is first.slot and other.reused == 2
    again = run(pool, [1, 2, 3, 4, 5], conversation("We need to"))
    assert again.slot is first.slot and again.reused == 4


def test_a_running_request_lends_its_beginning() -> None:
    pool = SequencePool(2, 1000)
    first = run(pool, [1, 2, 3], conversation("We need"), keep_busy=True)
    second = run(pool, [1, 2, 3, 4], conversation("We need to"), keep_busy=True)
    assert second.slot is not first.slot
    assert (second.donor, second.reused) == (first.slot, 3)
    assert pool.place([5], conversation("x"), 6) is None


def test_the_least_recently_used_sequence_is_taken() -> None:
    pool = SequencePool(2, 1000)
    first = run(pool, [1, 2], conversation("a", "one"))
    second = run(pool, [3, 4], conversation("b", "two"))
    run(pool, [1, 2, 3], conversation("ab", "one"))
    assert run(pool, [5, 6], conversation("c", "three")).slot is second.slot
    assert first.slot.tokens == [1, 2, 3]


def test_idle_sequences_make_room_oldest_first() -> None:
    pool = SequencePool(4, 30)
    oldest = run(pool, list(range(10)), conversation("a", "one"))
    newer = run(pool, list(range(100, 110)), conversation("b", "two"))
    placement = pool.place(list(range(200, 208)), conversation("c", "three"), 12)
    assert placement is not None and placement.evicted == (oldest.slot,)
    assert newer.slot.tokens


def test_a_request_waits_while_running_ones_hold_the_room() -> None:
    pool = SequencePool(4, 30)
    busy = run(pool, list(range(15)), conversation("a", "one"), keep_busy=True)
    assert pool.place(list(range(100, 110)), conversation("b", "two"), 15) is None
    pool.release(busy.slot)
    assert pool.place(list(range(100, 110)), conversation("b", "two"), 15) is not None


def test_what_counts_as_the_same_source() -> None:
    step = conversation("We need to finish")
    assert step.follows(conversation("We need"))
    assert step.follows(conversation("We need to fix this")), "a rewritten tail"
    assert not step.follows(conversation("Good morning, everyone"))
    assert not step.follows(conversation("We need", head="fr"))
    assert not conversation("").follows(conversation(""))


def answer(about: Conversation, *pieces: str) -> Answer:
    return Answer(about, range(10, 10 + len(pieces)), [piece.encode() for piece in pieces])


def drafted(forced: str, *pieces: str, earlier: str = "") -> Draft:
    memory = DraftMemory()
    memory.remember(answer(conversation("We need", forced=earlier), *pieces))
    return memory.draft_for(conversation("We need to", forced=forced))


def test_the_draft_is_the_answer_after_the_forced_prefix() -> None:
    pieces = ("Neces", "itamos", " ir", ".")
    assert drafted("", *pieces).tokens == range(10, 14)
    assert drafted("Necesitamos", *pieces).tokens == range(12, 14)
    assert drafted("Hoy necesitamos", " neces", "itamos", " ir", earlier="Hoy") == Draft(
        tokens=range(12, 13)
    )


def test_a_prefix_that_ends_inside_a_token_gives_text() -> None:
    assert drafted("我", "我们", "去") == Draft(text="们去")


@pytest.mark.parametrize(("forced", "earlier"), [("Debemos", ""), ("Hoy", "Hoy neces")])
def test_no_draft_where_the_prefix_differs(forced: str, earlier: str) -> None:
    assert drafted(forced, "Neces", "itamos", earlier=earlier) == Draft()


def test_each_conversation_has_its_own_draft_and_only_the_last() -> None:
    memory = DraftMemory(size=2)
    memory.remember(answer(conversation("We need"), "old"))
    memory.remember(answer(conversation("Good morning"), "Buenos días"))
    memory.remember(answer(conversation("We need to"), "Necesitamos"))
    assert memory.draft_for(conversation("We need to go")).tokens == range(10, 11)
    assert memory.draft_for(conversation("We need to", forced="Neces")) == Draft(text="itamos")
    assert memory.draft_for(conversation("Good morning, all", forced="Buenos")).text == " días"
    assert memory.draft_for(conversation("Thank you")) == Draft()
