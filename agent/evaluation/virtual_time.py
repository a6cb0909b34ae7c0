"""An event loop on which waiting is free: a recording is replayed as fast as it is computed.

While nothing is being computed, the clock jumps to the next timer. While an executor works, the
clock runs as it really does, so that a stage that is too slow falls behind just as it would live.
What this needs is that all work off the loop goes through ``loop.run_in_executor`` or is awaited
inside :func:`.metering.working`; work in a thread that the loop does not know of would be taken for
idleness, and so would a wait for a network.
"""

import asyncio
import selectors
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

from .metering import MeteredLoop

T = TypeVar("T")
# Longer than any job on a machine that is fit for this.
_LONGEST_JOB_SECONDS = 60.0
_Ready = list[tuple[selectors.SelectorKey, int]]


class _SkippingSelector(selectors.DefaultSelector):
    """Reports waits to ``on_idle`` in place of waiting, as long as ``is_busy()`` says no."""

    def __init__(self, *, waits_for_work: bool) -> None:
        super().__init__()
        self._waits_for_work = waits_for_work
        self.is_busy: Callable[[], bool] = lambda: True
        self.on_idle: Callable[[float], None] = lambda seconds: None

    def select(self, timeout: float | None = None) -> _Ready:
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        if self.is_busy():
            return self._select_working(timeout)
        ready = super().select(0)
        # Work may have been handed in by the last callback; the loop looks again in any case.
        if not ready:
            self.on_idle(timeout)
        return ready

    def _select_working(self, timeout: float) -> _Ready:
        if not self._waits_for_work:
            return super().select(timeout)
        ready = super().select(_LONGEST_JOB_SECONDS)
        # Work that takes this long is waiting for a timer itself, such as a retry's.
        if not ready:
            self.on_idle(timeout)
        return ready


class VirtualTimeLoop(MeteredLoop):
    """See the module. ``time()`` starts at 0.

    Args:
        work_is_free: work takes no time either; what is left is the delay that a policy chooses.
    """

    def __init__(self, *, work_is_free: bool = False) -> None:
        self._work_is_free = work_is_free
        self._started = time.monotonic()
        self._skipped = 0.0
        self._jobs = 0
        selector = _SkippingSelector(waits_for_work=work_is_free)
        super().__init__(selector)
        selector.is_busy = self._is_busy
        selector.on_idle = self._skip

    def time(self) -> float:
        """Seconds since the loop was made: computed or skipped."""
        if self._work_is_free:
            return self._skipped
        return time.monotonic() - self._started + self._skipped

    def on_submit(self, job: Future[Any]) -> None:
        """The clock runs until the job itself has ended, whether or not anybody still waits."""
        self._jobs += 1
        job.add_done_callback(self._job_ended)

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        """As on any loop, but with all the time it takes: a limit would be skipped to at once."""
        await super().shutdown_default_executor()

    @contextmanager
    def working(self, name: str) -> Iterator[None]:
        """As on a metered loop; the clock runs meanwhile."""
        self._jobs += 1
        try:
            with super().working(name):
                yield
        finally:
            self._jobs -= 1

    def _job_ended(self, job: Future[Any]) -> None:
        if not self.is_closed():
            self.call_soon_threadsafe(self._forget_job)

    def _forget_job(self) -> None:
        self._jobs -= 1

    def _is_busy(self) -> bool:
        return self._jobs > 0

    def _skip(self, seconds: float) -> None:
        self._skipped += seconds


def run(main: Coroutine[Any, Any, T], *, virtual: bool, work_is_free: bool = False) -> T:
    """``asyncio.run``, metered, in real time or on a loop where waiting is free."""
    factory = partial(VirtualTimeLoop, work_is_free=work_is_free) if virtual else MeteredLoop
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(main)


def wall_clock() -> Callable[[], float]:
    """A clock for the running loop that reads as Unix time and never goes back.

    On a virtual loop it jumps with the loop's time.
    """
    loop = asyncio.get_running_loop()
    offset = time.time() - loop.time()
    return lambda: loop.time() + offset
