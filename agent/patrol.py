"""Rooms that are open and wait for an interpreter.

LiveKit asks workers for an agent once, when a room opens. A room that opened before a worker was
ready or while all were full, or whose worker was stopped or has failed, would stay without.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from livekit.agents.job import DEFAULT_PARTICIPANT_KINDS
from livekit.agents.utils import aio

from livekit import api

from .server_access import FAILURES, Access

logger = logging.getLogger("interpreter.patrol")

# Whoever has just been asked needs a moment to come.
_SURE_SECONDS = 5.0
# An interpreter that goes again at once, for want of the room's key for instance.
_MOST_TRIES = 3


def waits(
    participants: Iterable[api.ParticipantInfo],
    dispatches: Iterable[api.AgentDispatch],
    *,
    identity: str,
    agent_name: str,
) -> bool:
    """Whether people in a room should have an interpreter and have none.

    Args:
        participants: all in the room.
        dispatches: of agents to it. LiveKit keeps one without a name for every room.
        identity: of the interpreter.
        agent_name: by which it is dispatched; empty where it goes to every room.
    """
    there = tuple(participants)
    return (
        any(int(one.kind) in DEFAULT_PARTICIPANT_KINDS for one in there)
        and all(one.identity != identity for one in there)
        and bool(_ids(dispatches, agent_name))
    )


class Patrol:
    """Looks again and again for rooms that wait, and has the server ask for an interpreter.

    Args:
        access: a connection to the server's API, closed after each round.
        identity, agent_name: see :func:`waits`.
        seconds: between two rounds; 0 for none at all.
        is_free: whether this worker takes rooms now; nobody is asked in vain while it is full.
    """

    def __init__(
        self,
        access: Access,
        *,
        identity: str,
        agent_name: str,
        seconds: float,
        is_free: Callable[[], bool],
    ) -> None:
        self._access = access
        self._identity = identity
        self._agent_name = agent_name
        self._seconds = seconds
        self._is_free = is_free
        # By the sid of a room that waits.
        self._tries = Counter[str]()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, unless it has or is switched off. Needs a running event loop."""
        if self._task is None and self._seconds:
            self._task = asyncio.create_task(self._watch(), name="patrol")

    async def aclose(self) -> None:
        """Look no more."""
        if self._task is not None:
            await aio.cancel_and_wait(self._task)

    async def _watch(self) -> None:
        is_told = False
        while True:
            try:
                await self._round()
                is_told = False
            except FAILURES as error:
                if not is_told:
                    logger.warning("rooms that wait cannot be looked for now", exc_info=error)
                is_told = True
            await asyncio.sleep(self._seconds)

    async def _round(self) -> None:
        if not self._is_free():
            return
        async with self._access() as server:
            listed = (await server.room.list_rooms(api.ListRoomsRequest())).rooms
            found = await self._waiting(server, [room for room in listed if room.num_participants])
            self._tries = Counter({room.sid: self._tries[room.sid] for room in found})
            if not found:
                return
            await asyncio.sleep(_SURE_SECONDS)
            for room in await self._waiting(server, found):
                await self._ask(server, room)

    async def _waiting(self, server: api.LiveKitAPI, rooms: Sequence[api.Room]) -> list[api.Room]:
        return [room for room in rooms if await self._waits(server, room.name)]

    async def _waits(self, server: api.LiveKitAPI, room: str) -> bool:
        there = await server.room.list_participants(api.ListParticipantsRequest(room=room))
        if any(one.identity == self._identity for one in there.participants):
            # As a rule, and then the second question can be spared.
            return False
        dispatches = await server.agent_dispatch.list_dispatch(room)
        return waits(
            there.participants,
            dispatches,
            identity=self._identity,
            agent_name=self._agent_name,
        )

    async def _ask(self, server: api.LiveKitAPI, room: api.Room) -> None:
        if self._tries[room.sid] >= _MOST_TRIES or not self._is_free():
            return
        self._tries[room.sid] += 1
        logger.info("a room waits for an interpreter: asking for one", extra={"room": room.name})
        await server.agent_dispatch.create_dispatch(
            api.CreateAgentDispatchRequest(agent_name=self._agent_name, room=room.name)
        )


async def dismiss(access: Access, room: str, agent_name: str) -> None:
    """Let a room that has sent its interpreter away wait for none any more."""
    try:
        async with access() as server:
            for dispatch_id in _ids(await server.agent_dispatch.list_dispatch(room), agent_name):
                await server.agent_dispatch.delete_dispatch(dispatch_id, room)
    except FAILURES as error:
        logger.warning("an interpreter that was sent away may be asked for again", exc_info=error)


def _ids(dispatches: Iterable[api.AgentDispatch], agent_name: str) -> list[str]:
    """Of those by this name that hold."""
    return [
        dispatch.id
        for dispatch in dispatches
        if dispatch.agent_name == agent_name and not dispatch.state.deleted_at
    ]
