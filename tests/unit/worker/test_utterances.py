"""Recognisers of whole utterances: their words are timed by the speaker's audio."""

import asyncio
import time
from unittest.mock import Mock

import pytest
from livekit.agents import stt

from agent.engines.utterances import UtteranceAdapter
from tests.fakes.utterances import END_SILENCE, SpanVAD, UtteranceSTT
from tests.unit.cascade.scripted import silence

pytestmark = pytest.mark.unit

FRAME = 0.1
UTTERANCES = ((1.0, 2.0), (6.0, 7.5))


@pytest.fixture(autouse=True)
def no_time_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    # LiveKit adds to a stream's offset what passes until it runs.
    still = Mock(wraps=time)
    still.time = lambda: 0.0
    monkeypatch.setattr("livekit.agents.stt.stt.time", still)


async def heard(
    recogniser: UtteranceSTT, *, offset: float = 0.0, seconds: float = 10.0
) -> list[stt.SpeechEvent]:
    adapter = UtteranceAdapter(stt=recogniser, vad=SpanVAD(UTTERANCES))
    async with adapter.stream() as stream:
        stream.start_time_offset = offset
        for number in range(round(seconds / FRAME)):
            stream.push_frame(silence(FRAME))
            if number == 30:
                stream.flush()
            await asyncio.sleep(0)
        stream.end_input()
        return [event async for event in stream]


@pytest.mark.parametrize("offset", [0.0, 40.0])
async def test_words_of_every_utterance_are_where_they_were_said(offset: float) -> None:
    recogniser = UtteranceSTT(timed=True)
    events = await heard(recogniser, offset=offset)
    spans = [
        (word.start_time, word.end_time, data.start_time, data.end_time)
        for event in events
        for data in event.alternatives
        for word in data.words or ()
    ]
    expected = [(offset + start + 0.2, offset + start + 0.6) for start, _ in UTTERANCES]
    assert spans == [pytest.approx((*times, *times)) for times in expected]
    assert recogniser.given == [pytest.approx(b - a + END_SILENCE) for a, b in UTTERANCES]


async def test_a_recogniser_that_tells_no_times_has_those_of_the_utterance() -> None:
    events = await heard(UtteranceSTT(timed=False))
    spans = [(data.start_time, data.end_time) for event in events for data in event.alternatives]
    assert spans == [pytest.approx(span) for span in UTTERANCES]


async def test_words_come_after_the_end_of_their_speech_as_with_livekit_s_adapter() -> None:
    kinds = [event.type for event in await heard(UtteranceSTT(timed=True))]
    kind = stt.SpeechEventType
    assert kinds == 2 * [kind.START_OF_SPEECH, kind.END_OF_SPEECH, kind.FINAL_TRANSCRIPT]


async def test_what_is_being_said_when_the_audio_ends_is_recognised() -> None:
    events = await heard(UtteranceSTT(timed=True), seconds=7.5)
    assert [event.type for event in events][-1] == stt.SpeechEventType.FINAL_TRANSCRIPT
    assert len([data for event in events for data in event.alternatives]) == len(UTTERANCES)
