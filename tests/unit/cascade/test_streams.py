"""From a recogniser's events to spoken translations: what the listener gets, and when."""

import asyncio
import itertools

import pytest
from livekit.agents import NOT_GIVEN, APIConnectionError, stt

from livekit.plugins.cascade import (
    CascadeEvent,
    Delivery,
    PacingOptions,
    SourceStream,
    TargetOptions,
)

from .running import END, START, running
from .scripted import (
    ScriptedSTT,
    ScriptedTranslator,
    ToneTTS,
    final,
    interim,
    silence,
)

pytestmark = pytest.mark.unit


async def test_speaks_before_the_speaker_has_finished() -> None:
    async with running(
        final("one two three"),
        final("four five six", 1.0),
        final("seven eight nine", 2.0),
    ) as run:
        for _ in range(3):
            requests = len(run.translator.requests)
            run.source.push_frame(silence(0.5))
            await run.until(lambda n=requests: len(run.translator.requests) > n)  # type: ignore[misc]
        await run.until(lambda: bool(run.of("played")))
        assert run.output.seconds > 0
        assert not any(e.data["final"] for e in run.of("source"))


async def test_every_word_is_spoken_once_in_order_and_its_caption_says_the_same() -> None:
    async with running(
        START,
        interim("one two"),
        final("one two"),
        interim("three four", 0.6),
        final("three four. five", 0.6),
        final("six seven.", 1.8),
        END,
    ) as run:
        for _ in range(7):
            run.source.push_frame(silence(0.5))
        await run.finish()
        assert " ".join(run.voice.texts) == "ONE TWO THREE FOUR. FIVE SIX SEVEN."
        finals = [c.text for c in run.captions if c.is_translation and c.final]
        assert finals == ["ONE TWO THREE FOUR.", "FIVE SIX SEVEN."]
        originals = [c.text for c in run.captions if not c.is_translation and c.final]
        assert originals == ["one two three four.", "Five six seven."]
        assert [e.data["target"] for e in run.of("segment_final")] == finals
        assert len(run.of("spoken")) == 2
        for spoken in run.of("spoken"):
            played = [e for e in run.of("played") if e.segment_id == spoken.segment_id]
            assert run.events.index(spoken) > run.events.index(played[-1])


async def test_captions_only_grow_and_pair_with_their_source() -> None:
    async with running(final("one two"), final("three four", 1.0), final("five.", 2.0)) as run:
        for _ in range(3):
            run.source.push_frame(silence(0.5))
        await run.finish()
        sources = {c.segment_id for c in run.captions if not c.is_translation}
        committed = ""
        for caption in (c for c in run.captions if c.is_translation):
            assert caption.committed.startswith(committed)
            assert caption.source_segment_id in sources
            committed = caption.committed
        assert committed.split() == "ONE TWO THREE FOUR FIVE.".split()


async def test_a_pause_inside_a_sentence_does_not_end_it() -> None:
    async with running(START, final("ask not"), END, START, final("what you can do.", 2.0)) as run:
        for _ in range(5):
            run.source.push_frame(silence(0.5))
        await run.finish()
        assert [e.data["source"] for e in run.of("segment_final")] == ["ask not what you can do."]


async def test_a_pause_lets_the_listener_hear_all_that_was_said() -> None:
    async with running(START, final("dear friends and colleagues"), END) as run:
        for _ in range(3):
            run.source.push_frame(silence(0.5))
        await run.until(lambda: bool(run.of("played")))
        assert run.voice.texts == ["DEAR FRIENDS AND COLLEAGUES"]
        assert not run.of("segment_final")
        await run.finish()
        assert run.voice.texts == ["DEAR FRIENDS AND COLLEAGUES"]
        assert [e.data["target"] for e in run.of("segment_final")] == run.voice.texts


@pytest.mark.parametrize("said", ["Dear friends.", "Thanks."])
async def test_a_full_stop_at_a_pause_is_said_but_not_yet_written(said: str) -> None:
    async with running(START, final(said), END, START, final("and you", 2.0)) as run:
        for _ in range(3):
            run.source.push_frame(silence(0.5))
        await run.until(lambda: bool(run.of("played")))
        assert run.voice.texts == [said.upper().rstrip(".")]
        assert not run.of("segment_final")
        for _ in range(2):
            run.source.push_frame(silence(0.5))
        await run.finish()
        committed = [c.committed for c in run.captions if not c.is_translation]
        assert committed[-1] == said.rstrip(".") + ", and you"
        assert all(committed[-1].startswith(text) for text in committed)


@pytest.mark.parametrize("mark", ["", "."])
async def test_a_caption_takes_no_mark_back_when_a_small_letter_becomes_a_capital(
    mark: str,
) -> None:
    tails = (interim("you", 2.0), interim("You", 2.0), final("You know", 2.0))
    async with running(START, final(f"Dear friends{mark}"), END, START, *tails) as run:
        for _ in range(7):
            run.source.push_frame(silence(0.5))
        await run.finish()
        shown: dict[str, str] = {}
        for caption in (c for c in run.captions if not c.is_translation):
            assert caption.committed.startswith(shown.get(caption.segment_id, ""))
            shown[caption.segment_id] = caption.committed
        assert " ".join(shown.values()) == f"Dear friends{mark or ','} You know"


@pytest.mark.parametrize("last", [END, final("seven. eight", 3.0)])
async def test_a_draft_gives_way_to_the_end_of_what_was_said(last: stt.SpeechEvent) -> None:
    """What it had committed by then stays."""
    translator = ScriptedTranslator(hang=lambda request: request.source.endswith("five"))
    script = [
        START,
        final("seven three eight four five"),
        interim("sixty", 2.0),
        final("sixty", 2.0),
        last,
    ]
    async with running(*script, translator=translator) as run:
        for _ in script[:2]:
            run.source.push_frame(silence(0.5))
        await run.until(lambda: bool(run.of("commit")))
        early = str(run.of("commit")[-1].data["total"])
        for _ in script[2:]:
            run.source.push_frame(silence(0.5))
        await run.until(lambda: bool(run.of("played")))
        total = str(run.of("commit")[-1].data["total"])
        assert total.startswith(early)
        assert "SIXTY" in total


async def test_finished_sentences_are_context_and_seldom_make_the_model_read_again() -> None:
    sentences = [final(f"This is number{n}.", float(n)) for n in range(15)]
    async with running(*sentences) as run:
        for _ in sentences:
            run.source.push_frame(silence(0.5))
        await run.finish()
    contexts = list({r.source: r.context for r in run.translator.requests}.values())
    assert [len(context) for context in contexts] == [*range(13), 5, 6]
    for before, after in itertools.pairwise(contexts[:13]):
        assert after[: len(before)] == before
    assert [pair.source for pair in contexts[13]] == [f"This is number{n}." for n in range(8, 13)]


async def test_a_failed_translation_shows_the_original_and_the_next_sentence_goes_on() -> None:
    translator = ScriptedTranslator(fail=lambda request: "bad" in request.source)
    async with running(
        final("a bad one. then"), final("a good one.", 1.0), translator=translator
    ) as run:
        for _ in range(2):
            run.source.push_frame(silence(0.5))
        await run.finish()
        finals = [c.text for c in run.captions if c.is_translation and c.final]
        assert finals == ["a bad one.", "THEN A GOOD ONE."]
        assert run.voice.texts == ["THEN A GOOD ONE."]
        assert {e.data["stage"] for e in run.of("error")} == {"translation"}


async def test_words_that_a_guard_kept_back_are_told_in_an_event() -> None:
    translator = ScriptedTranslator(
        word=lambda word: " ".join(["NO DOUBT"] * 5) if "doubt" in word else "so"
    )
    async with running(
        final("there is doubt."), final("it is.", 1.0), translator=translator
    ) as run:
        for _ in range(2):
            run.source.push_frame(silence(0.5))
        await run.finish()
        finals = [c.text for c in run.captions if c.is_translation and c.final]
        assert finals == ["so so NO DOUBT.", "so so."]
        guarded = run.of("guarded")
        assert [str(e.data["text"]) for e in guarded] == ["NO DOUBT NO DOUBT NO DOUBT NO DOUBT"]
        assert guarded[0].segment_id == run.of("segment_final")[0].segment_id


async def test_a_failed_voice_keeps_the_caption_and_speaks_the_next_clause() -> None:
    voice = ToneTTS(poison="BAD")
    async with running(final("a bad one. then"), final("a good one.", 1.0), voice=voice) as run:
        for _ in range(2):
            run.source.push_frame(silence(0.5))
        await run.finish()
        finals = [c.text for c in run.captions if c.is_translation and c.final]
        assert finals == ["A BAD ONE.", "THEN A GOOD ONE."]
        assert voice.texts == ["THEN A GOOD ONE."]
        assert [e.data["stage"] for e in run.of("error")] == ["tts"]


async def test_a_recogniser_that_dies_is_replaced_and_time_goes_on() -> None:
    recogniser = ScriptedSTT(final("one two"), APIConnectionError("gone"), final("three four."))
    events: list[CascadeEvent] = []
    source = SourceStream(stt=recogniser, speaker="ana", language="en", on_event=events.append)
    reader = source.subscribe()
    source.start()
    for _ in range(2):
        source.push_frame(silence(0.5))
    async with asyncio.timeout(5):
        first = await anext(reader)
        await recogniser.restarted.wait()
        source.push_frame(silence(0.5))
        source.end_input()
        rest = [snapshot async for snapshot in reader]
    await source.aclose()
    assert [w.text for w in first.committed] == ["one", "two"]
    assert [w.text for w in rest[-1].committed] == ["three", "four."]
    assert recogniser.offsets == pytest.approx([0.0, 1.0], abs=0.05)
    assert [e.kind for e in events if e.kind == "error"] == ["error"]


async def test_a_language_is_told_before_its_first_sentence_and_after_the_last_of_another() -> None:
    recogniser = ScriptedSTT(
        final("one two"), final("three", 0.6), final("cuatro", 1.0, "es-MX"), final("y", 1.3, "es")
    )
    told: list[str] = []
    source = SourceStream(
        stt=recogniser,
        speaker="ana",
        on_language=told.append,
        on_caption=lambda caption: told.append(f"{caption.language}: {caption.text}"),
    )
    source.start()
    for _ in range(4):
        source.push_frame(silence(0.5))
    source.end_input()
    async with asyncio.timeout(5):
        await source.wait()
    await source.aclose()
    changes = list(dict.fromkeys(told))
    english = ["en", "en: one two", "en: one two three"]
    assert changes == [*english, "es-MX", "es-MX: cuatro", "es-MX: cuatro y"]
    assert recogniser.languages == [NOT_GIVEN], "it is for the recogniser to detect"


async def test_a_given_language_stays_whatever_is_detected() -> None:
    async with running(final("uno dos.", 0.0, "es")) as run:
        run.source.push_frame(silence(0.5))
        await run.finish()
        told = {caption.language for caption in run.captions if not caption.is_translation}
    assert told == {"en"}


async def test_a_queue_that_grows_too_long_drops_clauses_with_an_event_and_keeps_captions() -> None:
    voice = ToneTTS(seconds_per_word=3.0)
    text = "one two three. four five six, seven eight. nine ten eleven. twelve thirteen."
    async with running(final(text), voice=voice) as run:
        run.source.push_frame(silence(0.5))
        await run.finish()
        dropped = [str(e.data["text"]) for e in run.of("dropped")]
        assert dropped
        finals = [c.text for c in run.captions if c.is_translation and c.final]
        assert " ".join(finals) == text.upper()
        said_or_dropped = " ".join([*voice.texts, *dropped]).split()
        assert sorted(said_or_dropped) == sorted(text.upper().split())


async def test_a_sentence_that_is_too_old_gives_way_to_the_next_and_is_read_in_the_original() -> (
    None
):
    options = TargetOptions(delivery=Delivery(pacing=PacingOptions(drop_seconds=-1000.0)))
    async with running(final("one two. three four. five six."), options=options) as run:
        run.source.push_frame(silence(0.5))
        await run.finish()
        finals = [c.text for c in run.captions if c.is_translation and c.final]
        # The last sentence is complete when the speaker has ended, so none gives way to it.
        assert finals == ["one two.", "THREE FOUR.", "FIVE SIX."]
        assert run.voice.texts == ["THREE FOUR.", "FIVE SIX."]
        assert [e.data["reason"] for e in run.of("dropped")] == ["translation"]
        assert "one two." not in {request.source for request in run.translator.requests}


async def test_what_the_recogniser_takes_back_is_taken_back_from_every_caption() -> None:
    async with running(START, interim("Thank you very much"), END) as run:
        for _ in range(2):
            run.source.push_frame(silence(0.5))
        await run.until(lambda: bool(run.of("hypothesis")))
        run.source.push_frame(silence(0.5))
        await run.finish()
        last = {caption.segment_id: caption for caption in run.captions}
        assert [(c.text, c.final, c.is_translation) for c in last.values()] == [
            ("", True, False),
            ("", True, True),
        ]
        assert run.voice.texts == []
        assert not run.of("segment_final")
