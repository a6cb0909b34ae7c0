"""A clock that only a test moves: no timeout runs out because a machine is busy."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


class StoppedClock:
    """The time on which the timers of a loop run out."""

    def __init__(self, now: float) -> None:
        self.now = now

    def skip(self, seconds: float) -> None:
        """So much time is over at once. On the loop's thread."""
        self.now += seconds


@contextmanager
def stopped_clock() -> Iterator[StoppedClock]:
    """Stop the clock of the running loop. What happens, happens all the same; but whoever waits for
    time to pass waits forever, so that a test with it needs a limit of its own."""
    loop = asyncio.get_running_loop()
    clock = StoppedClock(loop.time())
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(loop, "time", lambda: clock.now)
        yield clock
