"""The model that streams share."""

import asyncio
import threading
from collections.abc import Generator

import pytest
from livekit.agents import APIError

from livekit.plugins.faster_whisper import STT
from tests.fakes.whisper_stream import (
    NO_RETRY,
    Bench,
    Kind,
    LoudnessVAD,
    ScriptedRecognizer,
    audio,
    bench,
    spoken,
    wait_for,
)

pytestmark = pytest.mark.unit


async def test_a_model_says_while_it_computes() -> None:
    recognizer = ScriptedRecognizer(spoken("Good morning."))
    assert not recognizer.busy
    assert recognizer.busy_seconds == 0.0
    assert await recognizer.submit(lambda: recognizer.busy)
    assert not recognizer.busy
    assert recognizer.busy_seconds > 0.0
    recognizer.close()


async def test_prewarming_waits_for_nobody_and_runs_the_model_once() -> None:
    recognizer, release = ScriptedRecognizer(spoken("Good morning.")), threading.Event()
    engine = STT(recognizer=recognizer, vad=LoudnessVAD(), language="en")
    busy = recognizer.submit(lambda: wait_for(release))
    for _ in range(2):
        engine.prewarm()
    assert not recognizer.requests
    release.set()
    await busy
    await recognizer.submit(lambda: None)
    assert len(recognizer.requests) == 1
    recognizer.close()


async def test_others_have_their_turn_in_long_work() -> None:
    recognizer, order = ScriptedRecognizer(()), list[str]()

    def work() -> Generator[None, None, int]:
        for part in ("first", "second"):
            order.append(part)
            yield
        return 7

    long = asyncio.create_task(recognizer.in_turns(work()))
    await asyncio.sleep(0)
    await recognizer.submit(lambda: order.append("other"))
    assert await long == 7
    assert order == ["first", "other", "second"]
    recognizer.close()


async def test_long_work_that_is_cancelled_ends_at_its_next_turn() -> None:
    recognizer, begun, release = ScriptedRecognizer(()), asyncio.Event(), threading.Event()
    loop, parts = asyncio.get_running_loop(), list[int]()

    def work() -> Generator[None, None, None]:
        for part in range(100):
            parts.append(part)
            loop.call_soon_threadsafe(begun.set)
            wait_for(release)
            yield

    long = asyncio.create_task(recognizer.in_turns(work()))
    await begun.wait()
    long.cancel()
    release.set()
    with pytest.raises(asyncio.CancelledError):
        await long
    await recognizer.submit(lambda: None)
    assert parts == [0]
    recognizer.close()


async def test_who_waits_for_a_model_that_is_closed_is_told() -> None:
    release = threading.Event()
    async with bench(spoken("one two three")) as run:
        other = Bench(run.stt, run.recognizer, run.stt.stream(conn_options=NO_RETRY))
        running = run.recognizer.submit(lambda: wait_for(release))
        other.push(2.0, loud=True)
        offline = asyncio.create_task(run.stt.recognize(audio(1.0, loud=True)))
        await asyncio.sleep(0.2)
        closing = asyncio.create_task(asyncio.to_thread(run.recognizer.close))
        await asyncio.sleep(0.1)
        release.set()
        await asyncio.gather(running, closing)
        with pytest.raises(APIError, match="was closed"):
            await offline
        with pytest.raises(APIError, match="was closed"):
            await other.until(Kind.END_OF_SPEECH)
