"""LiveKit's LLM contracts: chunks, usage, retries, closing."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from livekit.agents import APIConnectOptions, APIError, APITimeoutError
from livekit.agents import llm as agents_llm
from livekit.agents.llm import FallbackAdapter
from livekit.agents.types import NOT_GIVEN

from livekit.plugins.llama_cpp import LLM, PromptError, Runtime
from livekit.plugins.llama_cpp.backend import SLICE_TOKENS

from .scripted import ScriptedBackend, answers, broken, chat_context

pytestmark = pytest.mark.unit

RETRY = APIConnectOptions(max_retry=2, retry_interval=0.0, timeout=5.0)
Start = Callable[..., tuple[LLM, ScriptedBackend]]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    started: list[tuple[LLM, Runtime, ScriptedBackend]] = []

    def start(backend: ScriptedBackend, **options: Any) -> tuple[LLM, ScriptedBackend]:
        runtime = Runtime(backend)
        started.append((LLM(runtime=runtime, **options), runtime, backend))
        return started[-1][0], backend

    yield start
    for model, runtime, backend in started:
        await model.aclose()
        assert not runtime.closed, "a runtime that was handed in is its owner's"
        if backend._gate is not None:
            backend.allow(10_000)
        runtime.close()


def greeting(source: str) -> str:
    return f"Hola, {source}. ¿Qué tal?"


async def chunks(stream: agents_llm.LLMStream) -> list[agents_llm.ChatChunk]:
    async with stream:
        return [chunk async for chunk in stream]


def said(received: list[agents_llm.ChatChunk]) -> str:
    return "".join(c.delta.content or "" for c in received if c.delta)


async def test_only_the_continuation_is_streamed_with_its_white_space(start: Start) -> None:
    model, _ = start(ScriptedBackend(answers(greeting)))
    received = await chunks(model.chat(chat_ctx=chat_context("Ana", "Hola, Ana.")))
    assert said(received) == " ¿Qué tal?"
    assert len(received) > 5
    assert {c.delta.role for c in received if c.delta and c.delta.content} == {"assistant"}
    assert len({c.id for c in received}) == 1


async def test_usage_comes_last(start: Start) -> None:
    model, backend = start(ScriptedBackend(answers(greeting)))
    await chunks(model.chat(chat_ctx=chat_context("Ana")))
    *_, last = await chunks(model.chat(chat_ctx=chat_context("Ana", "Hola")))
    assert last.usage is not None
    assert last.delta and last.delta.extra == {"finish_reason": "stop"}
    text = ", Ana. ¿Qué tal?"
    assert last.usage.completion_tokens == len(text.encode())
    assert last.usage.total_tokens == last.usage.prompt_tokens + last.usage.completion_tokens
    # All but the end of the prompt was there from the first time.
    assert last.usage.prompt_cached_tokens == last.usage.prompt_tokens - 1


async def test_metrics_are_emitted(start: Start) -> None:
    model, _ = start(ScriptedBackend(answers(greeting)))
    metrics: list[Any] = []
    model.on("metrics_collected", metrics.append)
    await chunks(model.chat(chat_ctx=chat_context("Ana")))
    assert metrics[0].completion_tokens == len(greeting("Ana").encode())
    assert metrics[0].metadata.model_name == "scripted"
    assert metrics[0].metadata.model_provider == "llama.cpp"


async def test_a_failure_before_the_first_word_is_retried(start: Start) -> None:
    model, _ = start(ScriptedBackend(answers(greeting), faults={0: broken()}))
    stream = model.chat(chat_ctx=chat_context("Ana"), conn_options=RETRY)
    assert said(await chunks(stream)) == greeting("Ana")


async def test_a_failure_after_the_first_word_is_not_retried(start: Start) -> None:
    model, backend = start(ScriptedBackend(answers(greeting), faults={8: broken("lost")}))
    text = ""
    with pytest.raises(APIError, match="lost"):
        async with model.chat(chat_ctx=chat_context("Ana"), conn_options=RETRY) as stream:
            async for chunk in stream:
                text += (chunk.delta.content or "") if chunk.delta else ""
    assert text and greeting("Ana").startswith(text)
    assert len(backend.passes) == 9


async def test_closing_stops_the_decode_within_one_token(start: Start) -> None:
    model, backend = start(ScriptedBackend(answers(lambda source: "a" * 400), gated=True))
    prompt = -(-len("<|im_start|>user\nx<|im_end|>\n<|im_start|>assistant\n") // SLICE_TOKENS)
    stream = model.chat(chat_ctx=chat_context("x"))
    async with stream:
        backend.allow(prompt + 4)
        received = [await anext(stream) for _ in range(5)]
        assert said(received) == "aaaaa"
    backend.allow(1000)
    after = len(backend.passes)
    assert said(await chunks(model.chat(chat_ctx=chat_context("y")))) == "a" * 400
    assert after <= prompt + 4 + 1
    assert all(
        len({part.sequence for part in slices}) == 1 for slices in backend.passes[after + 1 :]
    ), "the closed answer went on beside the next"


async def test_breaking_off_and_asking_again_starts_at_once(start: Start) -> None:
    """What the translator does at each step."""
    model, _ = start(ScriptedBackend(answers(lambda source: "abc" * 100)))
    for source in ("One", "One two", "One two three"):
        async with model.chat(chat_ctx=chat_context(source)) as stream:
            first = await anext(stream)
            assert said([first]).startswith("a")


async def test_two_chats_at_once_end_right_and_keep_their_caches(start: Start) -> None:
    model, _ = start(ScriptedBackend(answers(greeting)))
    for round_ in range(3):
        contexts = [
            chat_context("Ana" + "!" * round_, system=f"Speak {language}. " + "x" * 200)
            for language in ("Spanish", "French")
        ]
        both = await asyncio.gather(*(chunks(model.chat(chat_ctx=c)) for c in contexts))
        for received in both:
            assert said(received) == greeting("Ana" + "!" * round_)
            usage = received[-1].usage
            assert usage is not None
            if round_:
                assert usage.prompt_cached_tokens > 200


async def test_a_model_that_does_not_answer_is_a_timeout(start: Start) -> None:
    model, _ = start(ScriptedBackend(answers(greeting), gated=True))
    options = APIConnectOptions(max_retry=0, timeout=0.05)
    with pytest.raises(APITimeoutError, match="smaller one"):
        await chunks(model.chat(chat_ctx=chat_context("Ana"), conn_options=options))


async def test_another_engine_takes_over(start: Start) -> None:
    faults = {number: broken() for number in range(50)}
    bad, _ = start(ScriptedBackend(answers(greeting), faults=faults))
    good, _ = start(ScriptedBackend(answers(greeting)))
    adapter = FallbackAdapter([bad, good], max_retry_per_llm=0)
    try:
        received = await chunks(adapter.chat(chat_ctx=chat_context("Ana", "Hola")))
        assert said(received) == ", Ana. ¿Qué tal?"
    finally:
        await adapter.aclose()


async def test_languages_come_through_extra_kwargs(start: Start) -> None:
    def script(text: str) -> str:
        asked, said = text.rsplit("<|im_start|>assistant\n", 1)
        return "Sim."[len(said) :] if asked.endswith("Portuguese: <|im_end|>\n") else ""

    model, _ = start(ScriptedBackend(script), prompt_format="eurollm")
    extra = {"source_language": "en", "target_language": "pt"}
    assert model.prompt_format == "eurollm"
    stream = model.chat(chat_ctx=chat_context("Yes."), extra_kwargs=extra)
    assert said(await chunks(stream)) == "Sim."
    with pytest.raises(PromptError, match="source_language"):
        await chunks(model.chat(chat_ctx=chat_context("Yes."), conn_options=RETRY))


async def test_options_of_one_request(start: Start) -> None:
    model, _ = start(ScriptedBackend(answers(greeting)), max_tokens=9)
    received = await chunks(model.chat(chat_ctx=chat_context("Ana")))
    assert said(received) == "Hola, Ana"
    assert received[-1].delta and received[-1].delta.extra == {"finish_reason": "length"}
    extra: dict[str, Any] = {"max_tokens": 50, "stop": "Qué"}
    stream = model.chat(chat_ctx=chat_context("Ana"), extra_kwargs=extra)
    assert said(await chunks(stream)) == "Hola, Ana. ¿"


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ({"tempature": 1}, "tempature"),
        ({"temperature": float("nan")}, "temperature"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"top_p": 2}, "top_p"),
        ({"seed": -2}, "seed"),
        ({"max_tokens": 2.5}, "max_tokens"),
        ({"temperature": "hot"}, "temperature is of the wrong kind"),
        ({"stop": 7}, "stop is of the wrong kind"),
        ({"stop": ["a", 7]}, "stop is of the wrong kind, list"),
        ({"use_draft": "no"}, "use_draft is of the wrong kind, str; it has to be True or False"),
        ({"glossary": "abc"}, "glossary is of the wrong kind, str; it has to be a mapping"),
        ({"glossary": {"mill": 7}}, "glossary is of the wrong kind"),
        ({"target_language": 7}, "target_language is of the wrong kind"),
        ({"max_tokens": True}, "max_tokens is of the wrong kind, bool"),
        ({"top_k": 2.5}, "top_k is of the wrong kind"),
        ({"divergence_tokens": "1"}, "divergence_tokens is of the wrong kind"),
        ({"divergence_tokens": -1}, "divergence_tokens"),
    ],
)
async def test_wrong_options_are_named(start: Start, extra: dict[str, Any], message: str) -> None:
    model, _ = start(ScriptedBackend(answers(greeting)))
    with pytest.raises(ValueError, match=message):
        model.chat(chat_ctx=chat_context("Ana"), extra_kwargs=extra)


async def test_an_option_that_is_none_is_left_as_it_is(start: Start) -> None:
    model, _ = start(ScriptedBackend(answers(greeting)), max_tokens=9)
    names = ("max_tokens", "temperature", "stop", "target_language", "glossary", "use_draft")
    stream = model.chat(chat_ctx=chat_context("Ana"), extra_kwargs=dict.fromkeys(names))
    assert said(await chunks(stream)) == "Hola, Ana"


@pytest.mark.parametrize("content", ["", agents_llm.ImageContent(image="data:image/png;base64,")])
async def test_an_answer_before_a_message_without_text_is_not_gone_on_with(
    start: Start, content: Any
) -> None:
    prompts: list[str] = []

    def answer(prompt: str) -> str:
        prompts.append(prompt)
        return "x"

    model, _ = start(ScriptedBackend(answer))
    context = chat_context("Ana", "Hola.")
    context.add_message(role="user", content=[content])
    await chunks(model.chat(chat_ctx=context))
    assert "Hola.<|im_end|>" in prompts[0]


async def test_any_text_and_any_seed_get_an_answer(start: Start) -> None:
    model, _ = start(ScriptedBackend(answers(greeting)))
    extra: dict[str, Any] = {"temperature": 0.01, "seed": -1}
    stream = model.chat(chat_ctx=chat_context("A\ud83dna", "Hol\ud83da"), extra_kwargs=extra)
    assert said(await chunks(stream)) == ", Ana. ¿Qué tal?"


async def test_tools_are_ignored_with_one_warning(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    @agents_llm.function_tool
    async def look_up(word: str) -> str:
        """Look a word up."""
        return word

    model, _ = start(ScriptedBackend(answers(greeting)))
    for _ in range(2):
        stream = model.chat(chat_ctx=chat_context("Ana"), tools=[look_up], tool_choice=NOT_GIVEN)
        assert said(await chunks(stream)) == greeting("Ana")
    assert caplog.text.count("tools") == 1


async def test_prewarming_runs_the_model(start: Start) -> None:
    model, backend = start(ScriptedBackend(lambda text: "x"))
    model.prewarm()
    assert await asyncio.to_thread(backend.evaluated.acquire, timeout=5)


async def test_a_model_of_unknown_family_is_an_error_at_construction() -> None:
    runtime = Runtime(ScriptedBackend(lambda text: "", metadata={"general.architecture": "x"}))
    with pytest.raises(ValueError, match="pass prompt_format="):
        LLM(runtime=runtime)
    runtime.close()
