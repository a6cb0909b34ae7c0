"""Those whom a room hides from each other and so from the interpreter: recorders, supervisors.

They hear and read like anybody else, but no event tells that they come and go. The server's API
does, and is asked again and again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from livekit.agents.utils import aio

from .server_access import FAILURES, Access, participants

logger = logging.getLogger("interpreter.hidden")


@dataclass(frozen=True, slots=True)
class HiddenPerson:
    """A participant whom the others cannot see."""

    identity: str
    attributes: Mapping[str, str]


Look = Callable[[], Awaitable[tuple[HiddenPerson, ...] | None]]
"""Who is hidden in a room; None where that cannot be told now. It must not raise."""


class HiddenPeople:
    """Those who are hidden in a room, as of the latest look.

    Args:
        look: None to see nobody.
        on_change: told after every look that found others; must not block.
        seconds: from one look to the next.
    """

    def __init__(self, look: Look | None, *, on_change: Callable[[], None], seconds: float) -> None:
        self._look = look
        self._on_change = on_change
        self._seconds = seconds
        self._task: asyncio.Task[None] | None = None
        self.people: tuple[HiddenPerson, ...] = ()

    def start(self) -> None:
        """Begin to look. Needs a running event loop."""
        if self._look is not None and self._seconds > 0:
            self._task = asyncio.create_task(self._watch(self._look), name="hidden")

    async def aclose(self) -> None:
        """Look no more."""
        if self._task is not None:
            await aio.cancel_and_wait(self._task)

    async def _watch(self, look: Look) -> None:
        while True:
            found = await look()
            if found is not None and found != self.people:
                self.people = found
                self._on_change()
            await asyncio.sleep(self._seconds)


def lookout(access: Access, room: str) -> Look:
    """Asks the server; the log tells once when it does not answer.

    Args:
        access: a connection to the server's API, closed after each request.
        room: its name.
    """

    is_told = False

    async def look() -> tuple[HiddenPerson, ...] | None:
        nonlocal is_told
        try:
            there = await participants(access, room)
        except FAILURES as error:
            if not is_told:
                logger.warning("who is hidden in the room cannot be told now", exc_info=error)
            is_told = True
            return None
        is_told = False
        return tuple(
            HiddenPerson(one.identity, dict(one.attributes))
            for one in there
            if one.permission.hidden
        )

    return look
