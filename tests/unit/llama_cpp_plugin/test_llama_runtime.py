"""One thread, many conversations: shared passes, reused prefixes, verified drafts."""

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from livekit.plugins.llama_cpp import (
    ContextOverflowError,
    DecodeError,
    Request,
    Runtime,
    RuntimeClosedError,
    Sampling,
)
from livekit.plugins.llama_cpp.backend import SLICE_TOKENS
from livekit.plugins.llama_cpp.request import Event, Failed, Finished, Text

from .scripted import ScriptedBackend, answers, broken, chat_context, requested

pytestmark = pytest.mark.unit

Start = Callable[..., tuple[Runtime, ScriptedBackend]]


@pytest.fixture
def start() -> Iterator[Start]:
    started: list[tuple[Runtime, ScriptedBackend]] = []

    def start(backend: ScriptedBackend) -> tuple[Runtime, ScriptedBackend]:
        started.append((Runtime(backend), backend))
        return started[-1]

    yield start
    for runtime, backend in started:
        if backend._gate is not None:
            backend.allow(10_000)
        runtime.close()
        assert backend.closed
    assert not [t for t in threading.enumerate() if t.name == "llama_cpp"]


def request(source: str, forced: str = "", system: str = "", max_tokens: int = 200) -> Request:
    turns = (source, forced) if forced else (source,)
    return requested(chat_context(*turns, system=system), max_tokens)


class Inbox:
    """Collects the events of one request."""

    def __init__(self) -> None:
        self.reason = ""
        self.events: queue.SimpleQueue[Event] = queue.SimpleQueue()

    def text(self) -> str:
        """The whole answer."""
        said = ""
        while not isinstance(event := self.events.get(timeout=5), Finished):
            assert not isinstance(event, Failed), event
            said += event.text if isinstance(event, Text) else ""
        self.reason = event.reason
        return said

    def error(self) -> Exception:
        while not isinstance(event := self.events.get(timeout=5), Failed):
            assert not isinstance(event, Finished), event
        return event.error


def word_by_word(source: str) -> str:
    """A translation that keeps its beginning while the source grows, save for its last word."""
    words = source.split()
    return " ".join([*(f"<{word}>" for word in words[:-1]), f"<{words[-1]}...>"])


def test_the_answer_is_the_continuation_of_the_forced_prefix(start: Start) -> None:
    runtime, _ = start(ScriptedBackend(answers(word_by_word)))
    text, usage = runtime.complete(request("We need time", "<We>"))
    assert text == " <need> <time...>"
    assert usage.completion_tokens == len(text)
    assert usage.cached_tokens == 0


def test_white_space_at_the_end_of_the_prefix_is_not_said_twice(start: Start) -> None:
    runtime, _ = start(ScriptedBackend(answers(word_by_word)))
    assert runtime.complete(request("We need time", "<We> "))[0] == "<need> <time...>"


def test_a_growing_prompt_is_evaluated_from_where_it_changed(start: Start) -> None:
    runtime, backend = start(ScriptedBackend(answers(word_by_word)))
    first, second = request("We need", system="x" * 300), request("We need it", system="x" * 300)
    runtime.complete(first)
    _, usage = runtime.complete(second)
    changed = len("<|im_end|>\n<|im_start|>assistant\n") + len(" it")
    assert usage.prompt_tokens - usage.cached_tokens == changed
    assert usage.prompt_tokens == len(backend.tokenize(second.prompt))


def test_long_prompts_are_read_in_slices(start: Start) -> None:
    runtime, backend = start(ScriptedBackend(answers(word_by_word)))
    runtime.complete(request("We need", system="x" * 300))
    assert max(len(part.tokens) for slices in backend.passes for part in slices) == SLICE_TOKENS


def steps(runtime: Runtime, *, use_draft: bool) -> tuple[list[str], int]:
    """An incremental translation: answers and the passes they took."""
    words = "We need to finish this project before the end of the month".split()
    said, passes, forced = [], 0, ""
    for count in range(2, len(words) + 1, 2):
        step = replace(request(" ".join(words[:count]), forced), use_draft=use_draft)
        text, usage = runtime.complete(step)
        said.append(forced + text)
        passes += usage.passes
        forced = " ".join((forced + text).split(" ")[:-2])
    return said, passes


def test_a_draft_changes_the_number_of_passes_and_nothing_else(start: Start) -> None:
    runtime, _ = start(ScriptedBackend(answers(word_by_word)))
    plain, plain_passes = steps(runtime, use_draft=False)
    other, _ = start(ScriptedBackend(answers(word_by_word)))
    drafted, drafted_passes = steps(other, use_draft=True)
    assert drafted == plain
    assert drafted[-1] == word_by_word("We need to finish this project before the end of the month")
    assert drafted_passes < 0.75 * plain_passes


def test_a_wholly_right_draft_takes_no_pass_of_its_own(start: Start) -> None:
    runtime, _ = start(ScriptedBackend(answers(lambda source: "Claro que sí.")))
    runtime.complete(request("Of course"))
    text, usage = runtime.complete(request("Of course!"))
    assert text == "Claro que sí."
    assert usage.accepted_tokens == usage.draft_tokens == len("Claro que sí.".encode())
    evaluated = usage.prompt_tokens - usage.cached_tokens + usage.draft_tokens
    assert usage.passes == -(-evaluated // SLICE_TOKENS)


def test_a_draft_longer_than_the_new_answer_is_cut(start: Start) -> None:
    targets = {"One two": "uno dos tres cuatro", "One two!": "uno dos"}
    runtime, backend = start(ScriptedBackend(answers(targets.__getitem__)))
    runtime.complete(request("One two"))
    assert runtime.complete(request("One two!"))[0] == "uno dos"
    held = bytes(token for token in backend.cells[0] if token < 256).decode()
    assert held.endswith("assistant\nuno dos")


@pytest.mark.parametrize(("cap", "expected"), [(0, "uno d"), (2, "uno die"), (99, "uno diez")])
def test_an_answer_can_end_soon_after_it_departs_from_its_draft(
    start: Start, cap: int, expected: str
) -> None:
    targets = {"One two": "uno tres", "One two!": "uno diez"}
    runtime, _ = start(ScriptedBackend(answers(targets.__getitem__)))
    capped = replace(request("One two"), divergence_tokens=cap)
    assert runtime.complete(capped)[0] == "uno tres", "without a draft it goes on to its end"
    inbox = Inbox()
    runtime.submit(replace(request("One two!"), divergence_tokens=cap), inbox.events.put)
    assert inbox.text() == expected
    assert inbox.reason == ("stop" if cap == 99 else "divergence")
    assert runtime.complete(request("One two!"))[0] == "uno diez"


def test_only_draft_positions_and_the_last_of_the_prompt_ask_for_logits(start: Start) -> None:
    runtime, backend = start(ScriptedBackend(answers(lambda source: "Sí.")))
    runtime.complete(request("Of course"))
    del backend.passes[:]
    runtime.complete(request("Of course!"))
    rows = sum(len(p.tokens[p.logits_from :]) for slices in backend.passes for p in slices)
    assert rows == 1 + len("Sí.".encode())


def test_no_drafts_and_no_rewinding_on_a_recurrent_model(start: Start) -> None:
    runtime, _ = start(ScriptedBackend(answers(word_by_word), can_rewind=False))
    runtime.complete(request("We need"))
    text, usage = runtime.complete(request("We need it"))
    assert text == word_by_word("We need it")
    assert usage.draft_tokens == 0 and usage.cached_tokens == 0


def test_sampling_is_the_same_with_and_without_draft(start: Start) -> None:
    runtime, _ = start(ScriptedBackend(answers(word_by_word)))
    sampling = Sampling(temperature=0.05, seed=3)
    ask = replace(request("We need it"), sampling=sampling)
    plain = runtime.complete(replace(ask, use_draft=False))[0]
    assert runtime.complete(ask)[0] == plain


def test_two_conversations_keep_their_prompts(start: Start) -> None:
    runtime, _ = start(ScriptedBackend(answers(word_by_word)))
    for grown in ("We need", "We need to", "We need to go"):
        for language in ("Spanish", "French"):
            text, usage = runtime.complete(request(grown, system=f"{language}. " + "x" * 200))
            assert text == word_by_word(grown)
            if grown != "We need":
                assert usage.prompt_tokens - usage.cached_tokens < 50


def test_a_sentence_that_drops_out_of_the_context_costs_nothing(start: Start) -> None:
    """Nor does any sentence take a sequence away from others."""
    runtime, backend = start(ScriptedBackend(answers(word_by_word)))
    talk = [f"Sentence {number} is about {number * 7919}." for number in range(8)]
    for number, source in enumerate(talk):
        turns = [turn for said in talk[:number][-2:] for turn in (said, word_by_word(said))]
        about = chat_context(*turns, source, system="Spanish. " + "x" * 200)
        text, usage = runtime.complete(requested(about))
        assert text == word_by_word(source)
        if number:
            # The end of the turn before, and the new turn.
            assert usage.prompt_tokens - usage.cached_tokens < 120
    assert [bool(cells) for cells in backend.cells] == [True, False, False, False]


def test_concurrent_requests_share_passes_and_end_right(start: Start) -> None:
    runtime, backend = start(ScriptedBackend(answers(word_by_word), gated=True))
    inboxes = [Inbox() for _ in range(3)]
    sources = ["We need time", "Good morning all of you", "Thanks"]
    for inbox, source in zip(inboxes, sources, strict=True):
        runtime.submit(request(source), inbox.events.put)
    backend.allow(1000)
    assert [inbox.text() for inbox in inboxes] == [word_by_word(source) for source in sources]
    assert max(map(len, backend.passes)) == 3
    alone = sum(len(request(s).prompt) // SLICE_TOKENS + len(word_by_word(s)) for s in sources)
    assert len(backend.passes) < 0.6 * alone


def test_a_request_without_room_waits_for_its_turn(start: Start) -> None:
    runtime, backend = start(ScriptedBackend(answers(word_by_word), n_sequences=1, gated=True))
    first, second = Inbox(), Inbox()
    runtime.submit(request("We need time"), first.events.put)
    runtime.submit(request("Good morning"), second.events.put)
    backend.allow(1000)
    assert first.text() == word_by_word("We need time")
    assert second.text() == word_by_word("Good morning")
    assert max(map(len, backend.passes)) == 1


def test_cancelling_stops_before_the_next_token_and_frees_the_thread(start: Start) -> None:
    runtime, backend = start(ScriptedBackend(answers(lambda source: "a" * 1000), gated=True))
    inbox = Inbox()
    handle = runtime.submit(replace(request("Endless"), max_tokens=1000), inbox.events.put)
    backend.allow(10)
    for _ in range(10):
        assert backend.evaluated.acquire(timeout=5)
    handle.cancel()
    other = Inbox()
    runtime.submit(replace(request("Next"), max_tokens=5), other.events.put)
    backend.allow(100)
    assert other.text() == "aaaaa"
    # One pass may have been on its way when the request was cancelled.
    assert len(backend.passes) <= 10 + 1 + len(request("Next").prompt) // SLICE_TOKENS + 5
    assert runtime.load_count == 0


def test_a_cancelled_request_that_waits_never_starts(start: Start) -> None:
    runtime, backend = start(ScriptedBackend(answers(word_by_word), n_sequences=1, gated=True))
    first, second = Inbox(), Inbox()
    runtime.submit(request("We need"), first.events.put)
    waiting = runtime.submit(request("Good morning"), second.events.put)
    waiting.cancel()
    backend.allow(1000)
    first.text()
    assert runtime.complete(request("Thanks"))[0] == word_by_word("Thanks")
    assert second.events.empty()


def test_what_was_said_before_a_cancellation_is_the_next_draft(start: Start) -> None:
    runtime, backend = start(ScriptedBackend(answers(lambda source: "abcdefgh"), gated=True))
    inbox = Inbox()
    handle = runtime.submit(request("Of course"), inbox.events.put)
    prompt_passes = -(-len(backend.tokenize(request("Of course").prompt)) // SLICE_TOKENS)
    backend.allow(prompt_passes + 3)
    for _ in range(prompt_passes + 3):
        assert backend.evaluated.acquire(timeout=5)
    handle.cancel()
    backend.allow(1000)
    _, usage = runtime.complete(request("Of course!"))
    assert usage.accepted_tokens >= 3


def test_an_answer_is_cut_at_max_tokens(start: Start) -> None:
    runtime, _ = start(ScriptedBackend(answers(lambda source: "a" * 100)))
    text, usage = runtime.complete(request("x", max_tokens=7))
    assert text == "aaaaaaa" and usage.completion_tokens == 7


def test_a_stop_string_ends_the_answer(start: Start) -> None:
    runtime, _ = start(ScriptedBackend(answers(lambda source: "one\n\ntwo")))
    assert runtime.complete(replace(request("x"), stop=("\n\n",)))[0] == "one"


def test_an_answer_is_written_in_its_own_script(start: Start) -> None:
    runtime, _ = start(ScriptedBackend(answers(lambda source: "in the 蛮荒 era")))
    slipped = request("x")
    assert runtime.complete(replace(slipped, language="zh"))[0] == "in the 蛮荒 era"
    written, _ = runtime.complete(replace(slipped, language="en"))
    assert written.startswith("in the ") and written.isascii()


def test_characters_are_never_broken(start: Start) -> None:
    runtime, _ = start(ScriptedBackend(answers(lambda source: "我们需要完成。")))
    inbox = Inbox()
    runtime.submit(request("We need to finish"), inbox.events.put)
    parts = []
    while not isinstance(event := inbox.events.get(timeout=5), Finished):
        parts += [event.text] if isinstance(event, Text) else []
    assert parts == list("我们需要完成。")


@pytest.mark.parametrize(("length", "tokens", "counted"), [(800, "8", 1), (1100, "at least 2", 0)])
def test_a_prompt_that_does_not_fit_says_what_to_do(
    start: Start, length: int, tokens: str, counted: int
) -> None:
    runtime, backend = start(ScriptedBackend(answers(word_by_word), n_ctx=256))
    with pytest.raises(ContextOverflowError, match=f"has {tokens}.* larger n_ctx") as raised:
        runtime.complete(request("x" * length))
    assert not raised.value.retryable
    assert len(backend.tokenized) == counted, "that it is too long may be seen at once"
    assert runtime.complete(request("We need"))[0] == word_by_word("We need")


def test_an_answer_ends_where_the_context_does(start: Start) -> None:
    runtime, backend = start(ScriptedBackend(answers(lambda source: "a" * 1000), n_ctx=256))
    text, usage = runtime.complete(replace(request("x"), max_tokens=1000))
    assert usage.prompt_tokens + len(text) == backend.n_ctx


def test_many_conversations_fit_by_dropping_the_oldest(start: Start) -> None:
    runtime, _ = start(ScriptedBackend(answers(word_by_word), n_ctx=1024, n_sequences=8))
    for number in range(20):
        source = f"Sentence number {number}"
        ask = replace(request(source, system="x" * 150 + str(number)), max_tokens=100)
        assert runtime.complete(ask)[0] == word_by_word(source)


def test_a_failed_pass_fails_its_requests_and_the_next_works(start: Start) -> None:
    backend = ScriptedBackend(answers(word_by_word), faults={3: broken("no memory")})
    runtime, _ = start(backend)
    with pytest.raises(DecodeError, match="no memory"):
        runtime.complete(request("We need"))
    assert runtime.complete(request("We need"))[0] == word_by_word("We need")


def test_an_unexpected_failure_does_not_end_the_thread(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    backend = ScriptedBackend(answers(word_by_word), faults={1: ZeroDivisionError("bug")})
    runtime, _ = start(backend)
    with pytest.raises(DecodeError, match="see the log"):
        runtime.complete(request("We need"))
    assert "bug" in caplog.text
    assert runtime.complete(request("We need"))[0] == word_by_word("We need")


def test_a_sink_whose_loop_is_gone_cancels_its_request(start: Start) -> None:
    runtime, backend = start(ScriptedBackend(answers(lambda source: "a" * 500)))
    called = threading.Event()

    def gone(event: Event) -> None:
        called.set()
        raise RuntimeError("Event loop is closed")

    runtime.submit(replace(request("x"), max_tokens=500), gone)
    assert called.wait(5)
    runtime.complete(request("y", max_tokens=3))
    assert len(backend.passes) < 50


def test_each_pass_takes_the_threads_that_are_free_then() -> None:
    free = iter([2, 1, 1, 2, 2, 2, 2, 2])
    backend = ScriptedBackend(answers(lambda source: "ab"))
    runtime = Runtime(backend, threads=lambda: next(free))
    try:
        runtime.complete(request("x"))
    finally:
        runtime.close()
    assert len(backend.passes) > 2
    assert backend.threads == [2, 1, 1, 2, 2, 2, 2, 2][: len(backend.passes)]


def test_warming_up_leaves_nothing_behind(start: Start) -> None:
    runtime, _ = start(ScriptedBackend(lambda text: "warm"))
    runtime.warm_up()
    assert runtime.load_count == 0


def test_closing_fails_what_runs_and_refuses_what_comes(start: Start) -> None:
    runtime, backend = start(ScriptedBackend(answers(lambda source: "a" * 100), gated=True))
    inbox = Inbox()
    runtime.submit(request("x"), inbox.events.put)
    closer = threading.Thread(target=runtime.close)
    closer.start()
    backend.allow(1)
    closer.join(5)
    assert isinstance(inbox.error(), RuntimeClosedError)
    with pytest.raises(RuntimeClosedError, match="Runtime.load"):
        runtime.submit(request("y"), inbox.events.put)
