"""Those in a room of whom no event tells, or not yet.

A room hides recorders and supervisors from the others and so from the interpreter, and it tells of
those who only listen up to three seconds late. The server's API knows all of them. It is asked
again and again, and at once when somebody calls of whom nothing was told.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from livekit.agents.utils import aio

from .server_access import FAILURES, Access, participants

logger = logging.getLogger("interpreter.unseen")


@dataclass(frozen=True, slots=True)
class RoomMember:
    """Somebody in a room, as the server's API tells."""

    identity: str
    attributes: Mapping[str, str]


Look = Callable[[], Awaitable[tuple[RoomMember, ...] | None]]
"""Who is in a room; None where that cannot be told now. It must not raise."""


class UnseenPeople:
    """Who is in a room whether or not an event told of them, as of the latest look.

    Args:
        look: None to see nobody.
        on_change: told after every look that found others; must not block.
        seconds: from one look to the next; 0 for none at all.
    """

    def __init__(self, look: Look | None, *, on_change: Callable[[], None], seconds: float) -> None:
        self._look = look if seconds > 0 else None
        self._on_change = on_change
        self._seconds = seconds
        self._looking = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._people: dict[str, RoomMember] = {}

    def besides(self, known: Mapping[str, object]) -> list[RoomMember]:
        """All of them but those of these identities."""
        return [person for person in self._people.values() if person.identity not in known]

    def start(self) -> None:
        """Begin to look. Needs a running event loop."""
        if self._look is not None:
            self._task = asyncio.create_task(self._watch(self._look), name="unseen")

    async def find(self, identity: str) -> RoomMember | None:
        """Somebody who is there for sure; look for them now where they are not known yet."""
        if self._look is not None and identity not in self._people:
            async with self._looking:
                # Of all who call while a hall fills, one look tells.
                if identity not in self._people:
                    await self._look_once(self._look)
        return self._people.get(identity)

    def forget(self, identity: str) -> None:
        """Somebody has left, which the next look would find."""
        self._people.pop(identity, None)

    async def aclose(self) -> None:
        """Look no more."""
        if self._task is not None:
            await aio.cancel_and_wait(self._task)

    async def _watch(self, look: Look) -> None:
        while True:
            async with self._looking:
                await self._look_once(look)
            await asyncio.sleep(self._seconds)

    async def _look_once(self, look: Look) -> None:
        """One after the other, so that an earlier answer never replaces a later one."""
        found = await look()
        if found is None:
            return
        people = {person.identity: person for person in found}
        if people != self._people:
            self._people = people
            self._on_change()


def lookout(access: Access, room: str) -> Look:
    """Asks the server; the log tells once when it does not answer.

    Args:
        access: a connection to the server's API, closed after each request.
        room: its name.
    """

    is_told = False

    async def look() -> tuple[RoomMember, ...] | None:
        nonlocal is_told
        try:
            there = await participants(access, room)
        except FAILURES as error:
            if not is_told:
                logger.warning("who is hidden in the room cannot be told now", exc_info=error)
            is_told = True
            return None
        is_told = False
        return tuple(RoomMember(one.identity, dict(one.attributes)) for one in there)

    return look
