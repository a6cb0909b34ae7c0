"""Translators that hang or break off: what is committed stays, and time goes on."""

import asyncio

import pytest
from livekit.agents import APIConnectionError

from livekit.plugins.cascade import Hypothesis, OnPartial, TargetOptions, TranslationRequest
from tests.fakes.stopped_clock import StoppedClock

from .running import running
from .scripted import ScriptedTranslator, final, silence

pytestmark = pytest.mark.unit

SENTENCE = "none of these words should be lost or be said twice."


class BreaksOff(ScriptedTranslator):
    """Fails once in the middle of a complete sentence, or so many times."""

    def __init__(self, times: int = 1) -> None:
        super().__init__()
        self.times = times

    async def translate(
        self, request: TranslationRequest, on_partial: OnPartial | None = None
    ) -> Hypothesis:
        if not request.final or not self.times:
            return await super().translate(request, on_partial)
        self.requests.append(request)
        self.times -= 1
        assert on_partial is not None
        on_partial(Hypothesis("NONE OF THESE WORDS SHOULD", complete=False))
        raise APIConnectionError("the line went dead", retryable=False)


async def test_a_sentence_that_breaks_off_goes_on_where_it_did() -> None:
    async with running(final(f"{SENTENCE} so"), translator=BreaksOff()) as run:
        run.source.push_frame(silence(0.5))
        await run.finish()
        finals = [c.text for c in run.captions if c.is_translation and c.final]
        assert finals == [SENTENCE.upper(), "SO"]
        assert " ".join(run.voice.texts) == f"{SENTENCE} so".upper()
        assert run.translator.requests[1].committed == "NONE OF THESE WORDS"


class ChangesItsMind(ScriptedTranslator):
    """Ends a complete sentence with another than it has begun to write, as often as it is told."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self._times = times

    async def translate(
        self, request: TranslationRequest, on_partial: OnPartial | None = None
    ) -> Hypothesis:
        whole = await super().translate(request, on_partial)
        if not request.final or not self._times:
            return whole
        self._times -= 1
        return Hypothesis("SOMETHING ELSE", complete=True)


@pytest.mark.parametrize(("times", "ending"), [(1, "SAID TWICE."), (2, f"… {SENTENCE}")])
async def test_what_was_spoken_of_a_sentence_is_not_contradicted(times: int, ending: str) -> None:
    async with running(final(f"{SENTENCE} so"), translator=ChangesItsMind(times)) as run:
        run.source.push_frame(silence(0.5))
        await run.finish()
        finals = [c.text for c in run.captions if c.is_translation and c.final]
        assert finals == [f"NONE OF THESE WORDS SHOULD BE LOST OR BE {ending}", "SO"]
        assert [e.data["stage"] for e in run.of("error")] == ["translation"] * times
        assert "ELSE" not in " ".join(run.voice.texts)


async def test_sentences_do_not_wait_for_a_translator_that_hangs() -> None:
    """The first has its time; the others are not held up by it, and are asked for no drafts."""
    translator = ScriptedTranslator(hang=lambda _: True, word=lambda _: "")
    options = TargetOptions(final_seconds=0.1, silent_seconds=0.01, draft_seconds=0.01)
    sentences = [final(f"this is sentence {n}.", float(n)) for n in range(4)]
    async with running(*sentences, translator=translator, options=options) as run:
        for _ in sentences:
            run.source.push_frame(silence(0.5))
        await run.finish()
        finals = [c.text.lower() for c in run.captions if c.is_translation and c.final]
        assert finals == [f"this is sentence {n}." for n in range(4)]
        lost = [e for e in run.of("error") if not e.data["recoverable"]]
        assert len(lost) == len(sentences)
        hung = next(n for n, request in enumerate(run.translator.requests) if request.final)
        assert all(request.final for request in run.translator.requests[hung:])


@pytest.mark.timeout(60)
async def test_a_translator_that_answers_again_is_asked_for_drafts_again(
    clock: StoppedClock,
) -> None:
    def hangs(request: TranslationRequest) -> bool:
        is_first = "one" in request.source
        clock.skip(0.06 if is_first else 0.0)
        return is_first

    translator = ScriptedTranslator(
        hang=hangs,
        word=lambda word: "" if word in {"this", "is", "one."} else word.upper(),
    )
    options = TargetOptions(final_seconds=0.05, silent_seconds=1.0, draft_seconds=0.05)
    script = [final("this is one."), final("here are two.", 1.0), final("and here three", 2.0)]
    async with running(*script, translator=translator, options=options) as run:
        for _ in script:
            run.source.push_frame(silence(0.5))
        await run.until(lambda: "AND HERE" in str(run.of("hypothesis")[-1:]))
        assert not run.translator.requests[-1].final
        await run.finish()
        finals = [c.text for c in run.captions if c.is_translation and c.final]
        assert finals == ["this is one.", "HERE ARE TWO.", "AND HERE THREE"]


async def test_after_what_is_translated_the_whole_original_is_read() -> None:
    """Set off from it, and none of it is spoken."""
    async with running(final(f"{SENTENCE} so"), translator=BreaksOff(times=2)) as run:
        run.source.push_frame(silence(0.5))
        await run.finish()
        finals = [c.text for c in run.captions if c.is_translation and c.final]
        assert finals == [f"NONE OF THESE WORDS … {SENTENCE}", "SO"]
        assert " ".join(run.voice.texts) == "NONE OF THESE WORDS SO"
        assert [e.data["recoverable"] for e in run.of("error")] == [True, False]


async def test_a_voice_ends_although_a_sentence_never_did() -> None:
    async with running(final("one two three four five six")) as run:
        run.source.push_frame(silence(0.5))
        await run.until(lambda: bool(run.of("commit")))
        await run.source.aclose()
        async with asyncio.timeout(5):
            await run.target.drain()
        said = " ".join(run.voice.texts)
        assert said == str(run.of("commit")[-1].data["total"]).strip()
