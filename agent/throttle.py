"""Work that many events ask for is done once for all of them."""

import asyncio
from collections.abc import Callable


class Throttle:
    """Does something at once when it is asked for, and then again after ``seconds`` at the soonest.

    Whatever is asked for meanwhile is done together. Needs a running event loop when it is asked.
    """

    def __init__(self, action: Callable[[], None], *, seconds: float) -> None:
        self._action = action
        self._seconds = seconds
        self._soonest = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def ask(self, *_: object) -> None:
        """Have it done, now or soon; takes the arguments of any event."""
        if self._timer is not None:
            return
        loop = asyncio.get_running_loop()
        if loop.time() >= self._soonest:
            self._act()
        else:
            self._timer = loop.call_at(self._soonest, self._act)

    def close(self) -> None:
        """Do no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _act(self) -> None:
        self._timer = None
        self._soonest = asyncio.get_running_loop().time() + self._seconds
        self._action()
