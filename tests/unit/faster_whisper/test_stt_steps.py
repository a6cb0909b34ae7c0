"""When a stream decodes, and how much: steps, and what makes them longer or needless."""

import asyncio
import threading
import time

import numpy as np
import pytest

from livekit.plugins.faster_whisper import StreamOptions, WindowOptions
from livekit.plugins.faster_whisper.utterances import Endpointer
from tests.fakes.whisper_stream import RATE, Kind, bench, decoded_until, spoken, tell, wait_for

pytestmark = pytest.mark.unit

TALK = "and so my fellow americans ask not what your country can do for you"


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Set once a stream has noticed the end of the speech."""
    event = threading.Event()
    notice = Endpointer.speech_ended

    def speech_ended(self: Endpointer, at: float) -> None:
        notice(self, at)
        event.set()

    monkeypatch.setattr(Endpointer, "speech_ended", speech_ended)
    return event


async def test_a_busy_model_gets_longer_steps_and_never_two_at_once(
    ended: threading.Event,
) -> None:
    async with bench(spoken(TALK)) as run:
        run.recognizer.before_decode = lambda: wait_for(ended)
        run.push(5.6, loud=True)
        run.push(1.0, loud=False)
        await run.finish()
        assert run.recognizer.most_running == 1
        # 5.6 s of speech would be 11 steps of half a second.
        assert len(run.recognizer.requests) == 2
        assert run.final_words == TALK.split()


async def test_audio_pushed_as_the_stream_keeps_up_is_decoded_in_even_steps() -> None:
    async with bench(spoken(TALK)) as run:
        for _ in range(30):
            run.push(0.2, loud=True)
            await run.stream.caught_up()
        ends = [request.audio_end for request in run.recognizer.requests]
        assert len(ends) >= 8
        assert np.diff(ends) == pytest.approx(0.512, abs=1e-3)


async def test_a_stream_is_caught_up_before_and_after_its_audio() -> None:
    async with bench(()) as run:
        await run.stream.caught_up()
        run.push(0.02, loud=True)
        await run.stream.caught_up()
        run.push(2.0, loud=True)
        await run.stream.caught_up()
        assert decoded_until(run) > 1.4
        run.push(2.0, loud=False)
        await run.stream.caught_up()


async def test_a_minute_that_piled_up_is_decoded_in_pieces_whisper_can_take(
    ended: threading.Event,
) -> None:
    said = " ".join(f"word{index}" for index in range(150))
    async with bench(spoken(said)) as run:
        run.recognizer.before_decode = lambda: wait_for(ended)
        run.push(60.0, loud=True)
        run.push(1.0, loud=False)
        await run.finish()
        assert run.final_words == said.split()
        assert max(len(request.audio) for request in run.recognizer.requests) < 30 * RATE


async def test_a_hush_is_decoded_at_once_and_the_end_needs_no_further_decode() -> None:
    async with bench(spoken("one two three"), options=StreamOptions(step_seconds=0.8)) as run:
        run.push(1.2, loud=True)
        run.push(0.3, loud=False)
        await run.until(Kind.INTERIM_TRANSCRIPT)
        await run.stream.caught_up()
        decodes = len(run.recognizer.requests)
        assert decoded_until(run) > 1.2 + 0.15
        run.push(0.7, loud=False)
        await run.finish()
        assert run.final_words == ["one", "two", "three"]
        assert len(run.recognizer.requests) == decodes


async def test_a_model_that_is_slow_is_left_time_for_the_others() -> None:
    """A tenth of the time at most, so that 0.2 s of work make steps of 2 s."""
    options = StreamOptions(step_seconds=0.5, decode_share=0.1)
    async with bench(spoken(TALK), options=options) as run:
        run.recognizer.before_decode = lambda: time.sleep(0.2)
        run.push(0.6, loud=True)
        await run.stream.caught_up()
        run.push(1.4, loud=True)
        await run.stream.caught_up()
        assert len(run.recognizer.requests) == 1


async def test_minutes_of_silence_are_forgotten() -> None:
    async with bench(spoken("one two")) as run:
        run.push(0.8, loud=True)
        run.push(60.0, loud=False)
        await run.stream.caught_up()
        assert run.stream._audio.duration < 5.0
        await run.finish()


async def test_minutes_of_unbroken_speech_keep_the_window_short() -> None:
    said = " ".join(f"word{index}" for index in range(450))
    options = StreamOptions(window=WindowOptions(kept=5.0, longest=8.0))
    async with bench(spoken(said), options=options) as run:
        loop, decoded = asyncio.get_running_loop(), asyncio.Event()
        run.recognizer.before_decode = lambda: tell(loop, decoded)
        for second in range(1, 181):
            run.push(1.0, loud=True)
            while decoded_until(run) < second - 0.6:
                decoded.clear()
                await decoded.wait()
        await run.finish()
        assert run.final_words == said.split()
        assert max(len(request.audio) for request in run.recognizer.requests) <= 10 * RATE
        assert run.stream._audio.duration < 15.0
