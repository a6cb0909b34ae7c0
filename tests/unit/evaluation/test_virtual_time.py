import asyncio
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from agent.evaluation.metering import MeteredLoop, working
from agent.evaluation.paced_output import PacedOutput
from agent.evaluation.recording import WavRecorder, frames_of, read_wav
from agent.evaluation.virtual_time import run, wall_clock

pytestmark = pytest.mark.unit


def test_waiting_is_free() -> None:
    async def wait_an_hour() -> float:
        loop = asyncio.get_running_loop()
        started = loop.time()
        await asyncio.sleep(3600)
        return loop.time() - started

    started = time.monotonic()
    assert run(wait_an_hour(), virtual=True) == pytest.approx(3600, abs=1)
    assert time.monotonic() - started < 30


def test_work_costs_what_it_costs_and_timers_run_meanwhile() -> None:
    release = threading.Event()

    async def work() -> tuple[float, float]:
        loop = asyncio.get_running_loop()
        started, real = loop.time(), time.monotonic()
        job = loop.run_in_executor(None, release.wait, 30)
        await asyncio.sleep(0.2)
        release.set()
        await job
        return loop.time() - started, time.monotonic() - real

    virtual, real = run(work(), virtual=True)
    assert real >= 0.2
    assert virtual == pytest.approx(real, abs=0.1)


def test_nothing_is_skipped_between_a_job_and_its_waiter() -> None:
    """A timer must not run off while a finished job's waiter has yet to wake up."""

    async def alternate() -> list[int]:
        loop, behind = asyncio.get_running_loop(), []
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                await asyncio.sleep(0.02)
                ticks += 1

        ticker = asyncio.create_task(tick())
        for _ in range(300):
            before = ticks
            await loop.run_in_executor(None, sum, range(1000))
            behind.append(ticks - before)
        ticker.cancel()
        return behind

    assert set(run(alternate(), virtual=True, work_is_free=True)) == {0}


def test_a_job_whose_waiter_was_cancelled_still_takes_its_time() -> None:
    release, ended = threading.Event(), threading.Event()

    def job() -> None:
        release.wait(30)
        ended.set()

    async def abandon() -> float:
        loop = asyncio.get_running_loop()
        task = asyncio.ensure_future(loop.run_in_executor(None, job))
        await asyncio.sleep(0)
        task.cancel()
        started = time.monotonic()
        await asyncio.sleep(0.2)
        release.set()
        return time.monotonic() - started

    assert run(abandon(), virtual=True) >= 0.2
    assert ended.is_set()


def test_output_takes_audio_as_fast_as_it_is_heard(tmp_path: Path) -> None:
    frames = frames_of(np.ones(24_000 * 10, dtype=np.int16), 24_000, seconds=0.1)

    async def listen() -> float:
        clock = wall_clock()
        with WavRecorder(tmp_path / "out.wav", sample_rate=24_000) as recorder:
            output = PacedOutput(sample_rate=24_000, recorder=recorder, clock=clock)
            started = clock()
            for frame in frames:
                await output.capture_frame(frame)
                assert output.queued_duration < 0.35
            return clock() - started

    assert run(listen(), virtual=True) == pytest.approx(9.75, abs=0.2)
    assert len(read_wav(tmp_path / "out.wav", 0.0).samples) == 240_000


def test_work_can_be_free_too() -> None:
    async def work() -> float:
        loop = asyncio.get_running_loop()
        started = loop.time()
        job = loop.run_in_executor(None, threading.Event().wait, 0.3)
        await asyncio.sleep(5)
        await job
        return loop.time() - started

    assert run(work(), virtual=True, work_is_free=True) == pytest.approx(5)


@pytest.mark.parametrize("work_is_free", [True, False])
def test_work_on_a_thread_of_its_own_is_waited_for(work_is_free: bool) -> None:
    async def work() -> tuple[float, float]:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, MeteredLoop)
        done = loop.create_future()
        started = loop.time()
        ticker = asyncio.create_task(asyncio.sleep(3600))
        with working("translation"):
            thread = threading.Timer(0.3, lambda: loop.call_soon_threadsafe(done.set_result, None))
            thread.start()
            await done
        ticker.cancel()
        thread.join()
        return loop.time() - started, loop.meter.take()["translation"].seconds

    elapsed, measured = run(work(), virtual=True, work_is_free=work_is_free)
    assert elapsed == pytest.approx(0.0 if work_is_free else measured, abs=0.1)
    assert measured >= 0.3
