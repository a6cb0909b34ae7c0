"""Decodes that take longer than they may: what they found is not lost, nor asked for twice."""

import asyncio
import threading

import pytest
from livekit.agents import APIConnectOptions, APIError, APITimeoutError

from tests.fakes.whisper_stream import Bench, Kind, bench, spoken, wait_for

pytestmark = pytest.mark.unit

TALK = "and so my fellow americans ask not what your country can do for you"
OPTIONS = APIConnectOptions(max_retry=3, retry_interval=0.0, timeout=0.1)


def _slow(run: Bench, *decodes: int) -> None:
    """Have these decodes, the first being 0, answer only when they have been given up."""
    given_up = threading.Event()
    run.stt.on("error", lambda _: given_up.set())

    def wait() -> None:
        if len(run.recognizer.requests) - 1 in decodes:
            wait_for(given_up)
            given_up.clear()

    run.recognizer.before_decode = wait


async def test_a_decode_that_hangs_times_out_and_no_second_one_is_started() -> None:
    options = APIConnectOptions(max_retry=3, retry_interval=0.0, timeout=0.1)
    release = threading.Event()
    async with bench(spoken(TALK), conn_options=options) as run:
        run.recognizer.before_decode = lambda: wait_for(release)
        run.push(2.0, loud=True)
        with pytest.raises(APITimeoutError, match="smaller model") as caught:
            await run.finish()
        assert not caught.value.retryable
        assert len(run.recognizer.requests) == 1
        release.set()


@pytest.mark.parametrize("decodes", [(0,), (1,), (0, 1)])
async def test_what_a_decode_found_that_was_given_up_is_used(decodes: tuple[int, ...]) -> None:
    async with bench(spoken(TALK), conn_options=OPTIONS) as run:
        _slow(run, *decodes)
        run.push(5.6, loud=True)
        run.push(1.0, loud=False)
        await run.finish()
        assert run.final_words == TALK.split()
        assert run.recognizer.most_running == 1
        heard = [len(request.committed) for request in run.recognizer.requests]
        assert all(count > 0 for count in heard[2:])


async def test_what_was_found_of_an_utterance_that_has_ended_is_not_said_in_the_next() -> None:
    script = spoken("one two three", start=0.0) + spoken("four five six", start=4.0)
    async with bench(script, conn_options=OPTIONS) as run:
        _slow(run, 0)
        for seconds, loud in ((1.2, True), (2.8, False), (1.2, True), (1.0, False)):
            run.push(seconds, loud=loud)
        await run.finish()
        assert run.final_words == "one two three four five six".split()


async def test_a_model_that_is_always_too_slow_is_given_up() -> None:
    """LiveKit counts no failure that took as long as a time-out, so that the stream has to."""
    async with bench(spoken(TALK), conn_options=OPTIONS) as run:
        _slow(run, *range(100))
        run.push(5.6, loud=True)
        with pytest.raises(APITimeoutError) as caught:
            await run.finish()
        assert not caught.value.retryable
        assert len(run.recognizer.requests) == OPTIONS.max_retry + 1


async def test_who_waits_for_a_stream_to_catch_up_is_told_when_it_has_failed() -> None:
    async with bench(spoken(TALK)) as run:
        run.recognizer.failures = [MemoryError()]
        run.push(2.0, loud=True)
        async with asyncio.timeout(5):
            await run.stream.caught_up()
        with pytest.raises(APIError, match="smaller model"):
            await run.until(Kind.END_OF_SPEECH)


async def test_who_waits_for_a_stream_to_catch_up_is_told_when_it_has_ended() -> None:
    async with bench(spoken(TALK)) as run:
        run.push(2.0, loud=True)
        await run.finish()
        async with asyncio.timeout(5):
            await run.stream.caught_up()
        assert Kind.END_OF_SPEECH in run.kinds
