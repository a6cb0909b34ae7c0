"""Which KV sequence a request gets, and which answer becomes its draft."""

import pytest

from livekit.plugins.llama_cpp.conversation import Conversation
from livekit.plugins.llama_cpp.drafts import Answer, Draft, DraftMemory
from livekit.plugins.llama_cpp.sequences import (
    Cut,
    Placement,
    SequencePool,
    common_tokens,
    find_cut,
)

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
        evicted.shorten(0)
    if placement.donor:
        pool.share(placement.donor, placement.slot, placement.reused)
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


def sentence(source: str, previous: str, *, head: str, instructions: str = "es") -> Conversation:
    return Conversation(head, source, instructions=instructions, previous=previous)


def test_the_next_sentence_takes_over_the_sequence_of_the_one_before() -> None:
    pool = SequencePool(4, 1000)
    first = run(pool, [1, 2, 3, 4], sentence("We need.", "", head="a"))
    second = run(pool, [1, 2, 3, 4, 5], sentence("Thanks", "We need.", head="b"))
    assert second.slot is first.slot and second.reused == 4 and second.donor is None


@pytest.mark.parametrize(
    "other",
    [
        sentence("Thanks", "Good morning.", head="b"),
        sentence("Thanks", "We need.", head="b", instructions="fr"),
        sentence("Thanks", "", head="b"),
    ],
    ids=["another speaker", "another language", "a first sentence"],
)
def test_the_next_sentence_of_another_takes_a_sequence_of_its_own(other: Conversation) -> None:
    pool = SequencePool(4, 1000)
    first = run(pool, [1, 2, 3, 4], sentence("We need.", "", head="a"))
    assert run(pool, [1, 2, 9], other).slot is not first.slot


INSTRUCTIONS = list(range(10))
OLD = list(range(100, 130))
KEPT = list(range(200, 230))


def test_sentences_that_are_left_out_are_cut_out_of_the_sequence() -> None:
    pool = SequencePool(4, 1000, can_cut=True)
    first = run(pool, [*INSTRUCTIONS, *OLD, *KEPT], sentence("We need.", "x", head="a"))
    prompt = [*INSTRUCTIONS, *KEPT, 300]
    second = run(pool, prompt, sentence("Thanks", "We need.", head="b"))
    assert second.slot is first.slot
    assert second.cut == Cut(start=10, length=30, reused=40)
    assert second.reused == 40


def test_a_retracted_word_is_not_cut_out_of_its_own_sentence() -> None:
    """What stands behind it was written with the word in view."""
    pool = SequencePool(4, 1000, can_cut=True)
    run(pool, [*INSTRUCTIONS, *OLD, *KEPT], conversation("We need to"))
    again = run(pool, [*INSTRUCTIONS, *KEPT, 300], conversation("We need"))
    assert again.cut is None and again.reused == len(INSTRUCTIONS)


@pytest.mark.parametrize(("held", "cuts"), [(len(OLD), True), (len(OLD) + 1, False)])
def test_nothing_moves_that_another_sequence_holds(held: int, cuts: bool) -> None:
    pool = SequencePool(4, 1000, can_cut=True)
    said = [*OLD, *KEPT]
    first = run(pool, [*INSTRUCTIONS, *said], sentence("We need.", "x", head="a"))
    other = run(pool, [*INSTRUCTIONS, *said[:held], 7], sentence("Hello", "y", head="c"))
    assert other.donor is first.slot
    after = run(pool, [*INSTRUCTIONS, *KEPT, 300], sentence("Thanks", "We need.", head="b"))
    assert after.slot is first.slot
    assert (after.cut is not None) is cuts
    assert after.reused == (len(INSTRUCTIONS) + len(KEPT) if cuts else len(INSTRUCTIONS))


def test_a_shortened_sequence_shares_no_more_than_it_holds() -> None:
    pool = SequencePool(2, 1000)
    first = run(pool, INSTRUCTIONS, conversation("a", "one"), keep_busy=True)
    second = run(pool, [*INSTRUCTIONS, 99], conversation("b", "two"))
    assert first.slot.shared == second.slot.shared == len(INSTRUCTIONS)
    second.slot.shorten(4)
    assert (len(second.slot.tokens), second.slot.shared) == (4, 4)


@pytest.mark.parametrize(
    ("tokens", "prompt"),
    [
        ([*INSTRUCTIONS, *OLD, *KEPT[:15]], [*INSTRUCTIONS, *KEPT]),
        ([*INSTRUCTIONS, *KEPT], [*INSTRUCTIONS, *OLD, *KEPT]),
        ([*INSTRUCTIONS, *OLD], [*INSTRUCTIONS, *OLD]),
        ([], KEPT),
    ],
    ids=["too little", "inserted", "the same", "empty"],
)
def test_no_cut_where_it_saves_nothing(tokens: list[int], prompt: list[int]) -> None:
    assert find_cut(tokens, prompt) is None


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
