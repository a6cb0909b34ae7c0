"""What each engine costs: the time of the work that leaves the event loop."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from typing import Any, TypeVar

from .emissions import Work

T = TypeVar("T")


class Meter:
    """Adds up jobs by the name of the thread they ran on, less its number.

    CPU time is not split: engines compute on threads of their own, which only the process's total
    covers.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._work: dict[str, Work] = {}

    def measured(self, func: Callable[..., T], *args: Any) -> Callable[[], T]:
        """``func`` with its arguments, measured when it is called."""

        def call() -> T:
            started = time.monotonic()
            try:
                return func(*args)
            finally:
                self.add(_thread_name(), time.monotonic() - started)

        return call

    def take(self) -> dict[str, Work]:
        """Everything since the last call."""
        with self._lock:
            work, self._work = self._work, {}
            return work

    def add(self, name: str, seconds: float) -> None:
        """Count one job of ``name``."""
        with self._lock:
            before = self._work.get(name, Work())
            self._work[name] = Work(calls=before.calls + 1, seconds=before.seconds + seconds)


def _thread_name() -> str:
    return threading.current_thread().name.rstrip("0123456789").rstrip("_-")


class MeteredLoop(asyncio.SelectorEventLoop):
    """An ordinary loop that measures every job given to ``run_in_executor``."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.meter = Meter()
        # The loop's own default executor is out of reach for run_in_executor below.
        self._workers = ThreadPoolExecutor(thread_name_prefix="loop")
        self.set_default_executor(self._workers)

    def run_in_executor(  # type: ignore[override]
        self, executor: Executor | None, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        """As in any loop."""
        job: Future[T] = (executor or self._workers).submit(self.meter.measured(func, *args))
        # First the waiter hears of the job's end, then the subclass: on a virtual clock there
        # would otherwise be a moment in which nothing is being computed and nobody is awake.
        waiter = asyncio.wrap_future(job, loop=self)
        self.on_submit(job)
        return waiter

    def on_submit(self, job: Future[Any]) -> None:
        """For subclasses that have to know when jobs end."""

    @contextmanager
    def working(self, name: str) -> Iterator[None]:
        """Measure work that is awaited here and done on a thread that the loop does not know."""
        started = time.monotonic()
        try:
            yield
        finally:
            self.meter.add(name, time.monotonic() - started)


@contextmanager
def working(name: str) -> Iterator[None]:
    """:meth:`MeteredLoop.working` of the running loop; nothing on another kind of loop."""
    loop = asyncio.get_running_loop()
    with loop.working(name) if isinstance(loop, MeteredLoop) else nullcontext():
        yield


def take_work() -> dict[str, Work]:
    """What the running loop has measured since the last call; nothing on another kind of loop."""
    loop = asyncio.get_running_loop()
    return loop.meter.take() if isinstance(loop, MeteredLoop) else {}
