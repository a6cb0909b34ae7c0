"""The plugin on real weights: forced prefixes, KV reuse, drafts, closing."""

import asyncio
import itertools
import os
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from livekit.agents import llm as agents_llm
from platformdirs import user_cache_path

from livekit.plugins.cascade import LLMTranslator, TranslationRequest
from livekit.plugins.llama_cpp import (
    FORMATS,
    LLM,
    Backend,
    ContextOverflowError,
    ModelLoadError,
    Runtime,
    drafts,
    requantize,
)
from livekit.plugins.llama_cpp.backend import Logits, Slice
from livekit.plugins.llama_cpp.dialogue import Dialogue
from livekit.plugins.llama_cpp.prompt import render
from livekit.plugins.llama_cpp.translation import Task

pytestmark = pytest.mark.models

SMALL = "qwen2.5-coder-0.5b-instruct-q4_k_m"
DEFAULT = "qwen2.5-coder-1.5b-instruct-q4_0"
SOURCE = (
    "We need to finish this project before the end of the month, and the team in Madrid is "
    "waiting for the new version."
).split()

GREETING = {
    "Spanish": "Buenos días a todos.",
    "French": "Bonjour à tous.",
    "Chinese": "大家早上好。",
    "Japanese": "皆さん、おはようございます。",
}


def weights(name: str) -> Path:
    default = user_cache_path("livekit-interpreter") / "models"
    folder = Path(os.environ.get("INTERPRETER_MODELS_DIR", default))
    path = folder / name / "model.gguf"
    if not path.is_file():
        pytest.skip(f"{path} is not there; get it with `python -m agent.models {name}`")
    return path


@pytest.fixture(scope="module")
def runtime() -> Iterator[Runtime]:
    loaded = Runtime.load(weights(SMALL))
    loaded.warm_up()
    yield loaded
    loaded.close()


@pytest.fixture
async def model(runtime: Runtime) -> AsyncIterator[LLM]:
    async with LLM(runtime=runtime, max_tokens=60) as loaded:
        yield loaded  # type: ignore[misc]


def prompt(source: str, forced: str = "", *, target: str = "Spanish") -> agents_llm.ChatContext:
    context = agents_llm.ChatContext.empty()
    instruction = (
        f"You are a simultaneous interpreter from English to {target}. Translate only what you "
        f"hear; the sentence may be unfinished. Output only the {target} translation."
    )
    context.add_message(role="system", content=instruction)
    # Without a finished pair before it the 0.5B model answers instead of translating.
    context.add_message(role="user", content="Good morning, everyone.")
    context.add_message(role="assistant", content=GREETING[target])
    context.add_message(role="user", content=source)
    if forced:
        context.add_message(role="assistant", content=forced)
    return context


@pytest.fixture(scope="module")
def large_runtime() -> Iterator[Runtime]:
    loaded = Runtime.load(weights(DEFAULT))
    yield loaded
    loaded.close()


@pytest.fixture
async def interpreter(large_runtime: Runtime) -> AsyncIterator[LLMTranslator]:
    """What the worker translates with."""
    async with LLM(runtime=large_runtime) as loaded:
        engine: agents_llm.LLM[Any] = loaded
        yield LLMTranslator(engine, source_language="en", target_language="fr")


@dataclass
class Answer:
    text: str
    usage: agents_llm.CompletionUsage


async def ask(model: LLM, context: agents_llm.ChatContext, **extra: object) -> Answer:
    text = ""
    async with model.chat(chat_ctx=context, extra_kwargs=extra) as stream:
        async for chunk in stream:
            text += (chunk.delta.content or "") if chunk.delta else ""
            if chunk.usage:
                return Answer(text, chunk.usage)
    raise AssertionError("no usage came")


async def test_the_model_is_recognised(model: LLM) -> None:
    assert model.prompt_format == "chatml"
    assert "Qwen2.5" in model.model


async def test_a_forced_prefix_is_continued_with_its_space(model: LLM) -> None:
    source = "We need to finish this project."
    answer = await ask(model, prompt(source, "Necesitamos terminar este"))
    assert answer.text.startswith(" proyecto")
    spaced = await ask(model, prompt(source, "Necesitamos terminar este "))
    assert spaced.text == answer.text.lstrip()


async def test_a_prefix_that_ends_inside_a_word_is_continued_inside_it(model: LLM) -> None:
    answer = await ask(model, prompt("We need to finish this project.", "Necesitamos termin"))
    assert answer.text.startswith("ar este proyecto")


@dataclass
class Step:
    source: str
    forced: str


async def translate(model: LLM) -> list[Step]:
    """A growing source with agreement of two hypotheses less a word, without drafts."""
    steps: list[Step] = []
    forced, previous = "", ""
    for count in range(2, len(SOURCE) + 1, 2):
        steps.append(Step(" ".join(SOURCE[:count]), forced))
        context = prompt(steps[-1].source, forced)
        hypothesis = forced + (await ask(model, context, use_draft=False)).text
        words = zip(previous.split(" "), hypothesis.split(" "), strict=False)
        agreed = [a for a, _ in itertools.takewhile(lambda pair: pair[0] == pair[1], words)]
        forced = max(forced, " ".join(agreed[:-1]), key=len)
        previous = hypothesis
    return steps


def logits_after(backend: Backend, prompts: Sequence[Sequence[int]]) -> list[Logits]:
    """The last logits of each prompt, all evaluated together on sequences of their own."""
    for sequence, tokens in enumerate(prompts):
        backend.evaluate([Slice(sequence, 0, tokens[:-1], len(tokens))])
    ends = [Slice(s, len(t) - 1, t[-1:], 0) for s, t in enumerate(prompts)]
    last = [rows[0].copy() for rows in backend.evaluate(ends)]
    for sequence in range(len(prompts)):
        backend.truncate(sequence, 0)
    return last


@pytest.fixture
def backend() -> Iterator[Backend]:
    """Another copy of the model, to look at logits."""
    loaded = Runtime.load(weights(SMALL), n_ctx=1024)
    yield loaded.backend
    loaded.close()


def is_tie(backend: Backend, step: Step, one: Sequence[int], other: Sequence[int]) -> bool:
    """Whether two answers part at tokens that are as good as equal.

    llama.cpp rounds differently in batches of different sizes, so either may come out. Where the
    choice is clear the first two candidates are 2 to 10 apart.
    """
    dialogue = Dialogue.from_chat_context(prompt(step.source, step.forced))
    start = backend.tokenize(render(FORMATS["chatml"], dialogue, Task()).text)
    end = backend.control_token("<|im_end|>") or 0
    pairs = itertools.zip_longest(one, other, fillvalue=end)
    same, (a, b) = next((i, pair) for i, pair in enumerate(pairs) if pair[0] != pair[1])
    [logits] = logits_after(backend, [[*start, *one[:same]]])
    return abs(float(logits[a] - logits[b])) < 0.8


async def test_drafts_save_passes_and_change_nothing(
    model: LLM, runtime: Runtime, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes, answers = 0, list[drafts.Answer]()
    evaluate, remember = runtime.backend.evaluate, drafts.DraftMemory.remember

    def counted(slices: Sequence[Slice]) -> Sequence[Sequence[Logits]]:
        nonlocal passes
        passes += 1
        return evaluate(slices)

    def recorded(memory: drafts.DraftMemory, answer: drafts.Answer) -> None:
        answers.append(answer)
        remember(memory, answer)

    monkeypatch.setattr(runtime.backend, "evaluate", counted)
    monkeypatch.setattr(drafts.DraftMemory, "remember", recorded)
    steps = await translate(model)
    plain, plain_passes = list(answers), passes
    for step in steps:
        await ask(model, prompt(step.source, step.forced))
    drafted = answers[len(plain) :]
    assert passes - plain_passes < 0.6 * plain_passes, (passes - plain_passes, plain_passes)
    pairs = [(list(a.tokens), list(b.tokens)) for a, b in zip(plain, drafted, strict=True)]
    assert all(
        a == b or is_tie(backend, step, a, b) for step, (a, b) in zip(steps, pairs, strict=True)
    )
    assert sum(a == b for a, b in pairs) >= 0.6 * len(steps)


async def test_only_the_end_of_a_growing_prompt_is_evaluated(model: LLM) -> None:
    await ask(model, prompt("The train to Barcelona"))
    usage = (await ask(model, prompt("The train to Barcelona leaves at nine"))).usage
    assert usage.prompt_tokens - usage.prompt_cached_tokens < 15
    assert usage.prompt_cached_tokens > 30


async def test_a_sentence_that_drops_out_of_the_context_is_not_read_around(model: LLM) -> None:
    pairs = [
        ("The museum opens at ten.", "El museo abre a las diez."),
        ("It closes on Mondays and on public holidays.", "Cierra los lunes y los días festivos."),
        ("Children under twelve pay nothing.", "Los niños menores de doce años no pagan nada."),
    ]

    def after(shown: Sequence[tuple[str, str]], source: str) -> agents_llm.ChatContext:
        context = prompt(shown[0][0], shown[0][1])
        for said, answer in shown[1:]:
            context.add_message(role="user", content=said)
            context.add_message(role="assistant", content=answer)
        context.add_message(role="user", content=source)
        return context

    await ask(model, after(pairs[:2], pairs[2][0]))
    answer = await ask(model, after(pairs[1:], "The train leaves at nine."))
    assert "tren" in answer.text
    # Of the instructions and the greeting alone, as without a cut, come some sixty.
    assert answer.usage.prompt_cached_tokens > 80
    assert answer.usage.prompt_tokens - answer.usage.prompt_cached_tokens < 50


@pytest.mark.parametrize(
    ("source", "translated", "answered"),
    [
        ("What is the capital of France?", "capitale", "Paris"),
        ("What's two plus two?", "deux", "quatre"),
        ("Please write a short poem about cats.", "poème", "voici"),
        ("Are you an AI?", "ia ?", "oui"),
    ],
)
async def test_questions_and_requests_are_translated_and_not_answered(
    interpreter: LLMTranslator, source: str, translated: str, answered: str
) -> None:
    answer = await interpreter.translate(TranslationRequest(source, final=True))
    assert translated in answer.text.lower()
    assert answered.lower() not in answer.text.lower()


async def test_the_terms_of_a_glossary_are_used(large_runtime: Runtime) -> None:
    glossary = {"ward round": "pase de visita", "lead nurse": "supervisora"}
    async with LLM(runtime=large_runtime) as loaded:
        engine: agents_llm.LLM[Any] = loaded
        translator = LLMTranslator(
            engine, source_language="en", target_language="es", glossary=glossary
        )
        source = "Our ward round begins at eight, and the lead nurse joins us."
        answer = await translator.translate(TranslationRequest(source, final=True))
    assert all(term in answer.text.lower() for term in glossary.values())


async def test_two_languages_at_once_keep_their_caches_and_do_not_mix(model: LLM) -> None:
    sources = ["Good morning, ladies and gentlemen,", "Good morning, ladies and gentlemen, and"]
    for step, source in enumerate(sources):
        spanish, french = await asyncio.gather(
            ask(model, prompt(source)), ask(model, prompt(source, target="French"))
        )
        assert "Buen" in spanish.text and "Bonjour" in french.text
        if step:
            for answer in (spanish, french):
                assert answer.usage.prompt_tokens - answer.usage.prompt_cached_tokens < 15


def test_sequences_in_one_pass_do_not_see_each_other(backend: Backend) -> None:
    sources = ["The capital of France is", "One two three four", "Muchas gracias por"]
    prompts = [backend.tokenize(source) for source in sources]
    alone = [logits_after(backend, [prompt])[0] for prompt in prompts]
    together = logits_after(backend, prompts)
    for one, other in zip(alone, together, strict=True):
        # Rounding moves logits by some tenths, another context by ten and more.
        assert float(np.abs(one - other).mean()) < 0.3
        assert int(np.argmax(one)) == int(np.argmax(other))


def test_rows_that_fill_a_group_up_take_no_room() -> None:
    """More passes of two rows than the buffer could keep the other two of."""
    runtime = Runtime.load(weights(SMALL), n_ctx=252)
    try:
        backend = runtime.backend
        prompt = backend.tokenize("The capital of France is")
        expected = int(np.argmax(logits_after(backend, [prompt])[0]))
        for _ in range(backend.n_ctx // 2):
            backend.evaluate([Slice(0, 0, prompt[:2], 1)])
            backend.truncate(0, 0)
        assert int(np.argmax(logits_after(backend, [prompt])[0])) == expected
    finally:
        runtime.close()


async def test_concurrent_chats_each_get_their_answer(model: LLM) -> None:
    names = ["Spanish", "French", "Chinese"]
    greetings = await asyncio.gather(
        *(ask(model, prompt("Good morning, Maria.", target=name)) for name in names)
    )
    for answer, expected in zip(greetings, ("Buen", "Bonjour", "好"), strict=True):
        assert expected in answer.text


async def test_characters_of_several_tokens_come_whole(model: LLM) -> None:
    for target in ("Chinese", "Japanese"):
        text = (await ask(model, prompt("The dragon flew over 𠮷野家 👍.", target=target))).text
        assert text and "\ufffd" not in text
    emoji = "Repeat after me exactly: 👩‍🚀🏳️‍🌈𠮷"
    parts = []
    async with model.chat(chat_ctx=prompt(emoji)) as stream:
        async for chunk in stream:
            parts += [chunk.delta.content or ""] if chunk.delta else []
    assert not any("\ufffd" in part for part in parts)


async def test_closing_a_stream_frees_the_model_for_the_next(model: LLM, runtime: Runtime) -> None:
    async with model.chat(
        chat_ctx=prompt("Count from one to one thousand."), extra_kwargs={"max_tokens": 1000}
    ) as stream:
        await anext(stream)
    answer = await ask(model, prompt("Thank you."))
    assert answer.text
    assert runtime.load_count == 0


async def test_stop_strings_and_seeds(model: LLM) -> None:
    source, forced = "We need to finish this project.", "Necesitamos terminar"
    assert (await ask(model, prompt(source, forced), stop="yecto")).text == " este pro"
    # The first reads the prompt, the others find it read: that rounds differently.
    _, one, two = [
        (await ask(model, prompt("Tell me a story"), temperature=1.0, seed=5, use_draft=False)).text
        for _ in range(3)
    ]
    assert one == two


async def test_a_prompt_longer_than_the_context_is_a_typed_error(
    model: LLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ContextOverflowError, match="n_ctx"):
        await ask(model, prompt("word " * 5000))
    # Millions of characters would take seconds to count.
    monkeypatch.setattr(model.runtime.backend, "tokenize", None)
    with pytest.raises(ContextOverflowError, match="at least"):
        await ask(model, prompt("word " * 2_000_000))


@pytest.mark.parametrize("text", [" ", "=", "\n", "<|im_end|>", "é", "大", "👩‍🚀", "internation"])
def test_a_prompt_has_the_tokens_that_it_has_at_least(backend: Backend, text: str) -> None:
    for count in (1, 3, 128, 5000):
        assert backend.least_tokens(text * count) <= len(backend.tokenize(text * count))
    assert backend.least_tokens(text * 1_000_000) > backend.n_ctx


def test_a_damaged_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    cut = tmp_path / "cut.gguf"
    with weights(SMALL).open("rb") as whole:
        cut.write_bytes(whole.read(20_000_000))
    with pytest.raises(ModelLoadError, match=r"cut\.gguf cannot be loaded.*get it again"):
        Runtime.load(cut)


def test_nothing_is_written_to_standard_error(capfd: pytest.CaptureFixture[str]) -> None:
    loaded = Runtime.load(weights(SMALL), n_ctx=512)
    loaded.close()
    assert capfd.readouterr() == ("", "")


async def test_a_requantised_model_is_smaller_and_translates(tmp_path: Path) -> None:
    small = requantize(weights(SMALL), tmp_path / "q4_0" / "model.gguf")
    assert small.stat().st_size < 0.9 * weights(SMALL).stat().st_size
    async with LLM(model=small, n_ctx=512) as model:
        source, forced = "We need to finish this project.", "Necesitamos terminar"
        assert "proyecto" in (await ask(model, prompt(source, forced))).text  # type: ignore[arg-type]
