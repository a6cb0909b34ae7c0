"""Recognisers that fail, stop, or tell their words late: nothing that is said is lost."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from livekit.agents import APIConnectionError, LanguageCode
from livekit.agents.stt import SpeechData, SpeechEventType
from livekit.agents.types import TimedString

from livekit.plugins.cascade import CascadeEvent, SegmenterOptions, SourceStream
from livekit.plugins.cascade.source import words_of
from livekit.plugins.cascade.types import Word
from tests.unit.cascade.scripted import ScriptedSTT, Step, final, marker, silence

_FRAME_SECONDS = 0.02


class Spoken:
    """A speaker whose microphone never pauses."""

    def __init__(self, recogniser: ScriptedSTT, **options: float) -> None:
        self.recogniser = recogniser
        self.events: list[CascadeEvent] = []
        self.finals: list[str] = []
        self._changed = asyncio.Event()
        self.source = SourceStream(
            stt=recogniser,
            speaker="ana",
            language="en",
            on_event=self._note,
            segmenter_options=SegmenterOptions(**options) if options else None,  # type: ignore[arg-type]
        )

    @property
    def errors(self) -> list[str]:
        return [str(event.data["message"]) for event in self.events if event.kind == "error"]

    async def speak(self) -> None:
        """Push frames until the script is at its end."""
        while self.recogniser.script:
            self.source.push_frame(silence(_FRAME_SECONDS))
            await asyncio.sleep(0.001)

    async def until(self, condition: Callable[[], object]) -> None:
        """Return when it holds; it is looked at after every event."""
        while not condition():
            self._changed.clear()
            await self._changed.wait()

    def _note(self, event: CascadeEvent) -> None:
        self.events.append(event)
        if event.kind == "source" and event.data["final"]:
            words = event.data["committed"]
            assert isinstance(words, list)
            self.finals.append(" ".join(text for text, _, _ in words))
        self._changed.set()


@asynccontextmanager
async def speaking(*script: Step, **options: float) -> AsyncIterator[Spoken]:
    spoken = Spoken(ScriptedSTT(*script), **options)
    spoken.source.start()
    try:
        async with asyncio.timeout(5):
            yield spoken
    finally:
        await spoken.source.aclose()


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (APIConnectionError("gone"), "gone"),
        (None, "the recogniser stopped before the audio did"),
    ],
)
async def test_a_microphone_goes_on_while_its_recogniser_is_replaced(
    failure: Step, told: str
) -> None:
    script = (final("one two"), failure, final("three four."))
    async with speaking(*script) as spoken:
        await spoken.speak()
        spoken.source.end_input()
        await spoken.source.wait()
        assert spoken.finals == ["one two", "three four."]
        assert spoken.errors == [told]


async def test_audio_that_comes_while_there_is_no_recogniser_is_kept_for_the_next() -> None:
    async with speaking(final("one"), APIConnectionError("gone"), final("two.")) as spoken:
        spoken.source.push_frame(silence(1.0))
        spoken.source.push_frame(silence(1.0))
        await spoken.until(lambda: spoken.errors)
        spoken.source.push_frame(silence(0.5))
        spoken.source.end_input()
        await spoken.source.wait()
        assert spoken.finals == ["one", "two."]
        assert spoken.recogniser.offsets == pytest.approx([0.0, 2.0], abs=0.05)


async def test_the_speaker_may_go_while_there_is_no_recogniser() -> None:
    async with speaking(final("one two"), APIConnectionError("gone")) as spoken:
        await spoken.speak()
        await spoken.until(lambda: spoken.errors)
        spoken.source.end_input()
        await spoken.source.wait()
        assert spoken.finals == ["one two"]


async def test_a_recogniser_that_fails_on_the_last_words_is_not_asked_for_ever() -> None:
    gone = APIConnectionError("gone")
    async with speaking(final("one two."), gone, gone) as spoken:
        for _ in range(2):
            spoken.source.push_frame(silence(_FRAME_SECONDS))
        spoken.source.end_input()
        await spoken.source.wait()
        assert spoken.finals == ["one two."]
        assert spoken.errors == ["gone"]


async def test_words_told_after_the_end_of_their_utterance_are_complete() -> None:
    start, end = SpeechEventType.START_OF_SPEECH, SpeechEventType.END_OF_SPEECH
    told = final("There are three left. Would you like one?")
    async with speaking(marker(start), marker(end), told) as spoken:
        await spoken.speak()
        await spoken.until(lambda: len(spoken.finals) == 2)
        assert spoken.finals == ["There are three left.", "Would you like one?"]


async def test_words_without_a_full_stop_told_after_their_utterance_wait_for_the_pause() -> None:
    start, end = SpeechEventType.START_OF_SPEECH, SpeechEventType.END_OF_SPEECH
    script = (marker(start), marker(end), final("well then"))
    async with speaking(*script, pause_seconds=0.01) as spoken:
        await spoken.speak()
        await spoken.until(lambda: spoken.finals)
        assert spoken.finals == ["well then"]


async def test_nothing_is_told_of_a_speaker_whose_stream_is_closed_in_a_pause() -> None:
    start, end = SpeechEventType.START_OF_SPEECH, SpeechEventType.END_OF_SPEECH
    script = (marker(start), final("well then"), marker(end))
    async with speaking(*script, pause_seconds=0.05) as spoken:
        await spoken.speak()
        await spoken.until(lambda: spoken.events and spoken.events[-1].data["paused"])
        await spoken.source.aclose()
        told = len(spoken.events)
        await asyncio.sleep(0.2)
        assert len(spoken.events) == told


def test_words_without_times_share_those_of_their_text() -> None:
    data = SpeechData(language=LanguageCode("en"), text="one two", start_time=1.0, end_time=2.0)
    assert words_of(data, "en", 9.0) == (Word("one", 1.0, 1.5), Word("two", 1.5, 2.0))
    data.start_time = data.end_time = 0.0
    assert words_of(data, "en", 9.0) == (Word("one", 9.0, 9.0), Word("two", 9.0, 9.0))


def test_words_are_told_without_the_spaces_that_a_recogniser_writes() -> None:
    said = [TimedString(" one", start_time=1.0, end_time=1.5), TimedString(" ", start_time=1.5)]
    data = SpeechData(language=LanguageCode("en"), text=" one", words=said)
    assert words_of(data, "en", 9.0) == (Word("one", 1.0, 1.5),)
