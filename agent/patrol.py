"""Rooms that are open and wait for an interpreter.

LiveKit asks workers for an agent once, when a room opens. A room that opened before a worker was
ready or while all were full, or whose worker was stopped or has failed, would stay without. For
such a room another dispatch is made, marked as one that stands in for the room's own.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count

from livekit.agents.job import DEFAULT_PARTICIPANT_KINDS
from livekit.agents.utils import aio

from livekit import api

from .server_access import FAILURES, Access

logger = logging.getLogger("interpreter.patrol")

_MARK = "interpreter.stands_in_for:"
# How long a room has waited before an interpreter is asked for, by how often one has come in vain:
# whoever was asked needs a moment, and one may go again at once, for want of the room's key.
_PAUSES = (10.0, 20.0, 60.0, 300.0, 900.0)
# Between two rounds while a room waits.
_SOON_SECONDS = 5.0
# Two workers that were started together look at different moments.
_JITTER = 1.2
# A worker takes only so many rooms at once.
_MOST_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class StandIn:
    """A dispatch to a room that was made in place of another, which still is what counts."""

    room: str
    dispatch_id: str
    original: str


def stand_in(room: str, dispatch_id: str, metadata: str) -> StandIn | None:
    """What a dispatch stands in for, by its metadata; None for one of somebody else."""
    if not metadata.startswith(_MARK):
        return None
    return StandIn(room, dispatch_id, metadata.removeprefix(_MARK))


@dataclass(frozen=True, slots=True)
class Wait:
    """Of one room: for how long nobody has been asked, and how often one came that did not stay.

    Attributes:
        dispatches: ids of all there are for the interpreter.
        since: when they were seen first.
    """

    dispatches: frozenset[str]
    since: float
    tries: int = 0

    def seen(self, dispatches: Iterable[str], now: float) -> "Wait":
        """After another look; somebody else may have asked."""
        there = frozenset(dispatches)
        return self if there == self.dispatches else Wait(there, now, self.tries)

    def is_over(self, now: float) -> bool:
        """Whether it is time to ask."""
        return now - self.since >= _PAUSES[min(self.tries, len(_PAUSES) - 1)]


def _another(identity: str, number: str) -> str:
    """What an interpreter is called where somebody else in the room has its identity."""
    return f"{identity}~{number}"


def is_interpreter(participant: api.ParticipantInfo, identity: str) -> bool:
    """Whether it is one of this identity, or of one that it took where a person had that."""
    theirs = participant.identity
    number = theirs.removeprefix(_another(identity, ""))
    is_another = number.isdecimal() and theirs == _another(identity, number)
    return (is_another or theirs == identity) and participant.kind == api.ParticipantInfo.Kind.AGENT


def free_identity(identity: str, participants: Iterable[api.ParticipantInfo]) -> str:
    """The interpreter's, or one like it where somebody else in the room has that already: of two
    with the same identity LiveKit throws the first out."""
    taken = {one.identity for one in participants}
    others = (_another(identity, str(number)) for number in count(2))
    return next(one for one in chain((identity,), others) if one not in taken)


def has_people_alone(participants: Iterable[api.ParticipantInfo], identity: str) -> bool:
    """Whether people are in a room, and no interpreter of this identity."""
    there = tuple(participants)
    return any(int(one.kind) in DEFAULT_PARTICIPANT_KINDS for one in there) and not any(
        is_interpreter(one, identity) for one in there
    )


class Patrol:
    """Looks again and again for rooms that wait, and has the server ask for an interpreter.

    Args:
        access: a connection to the server's API, closed after each round.
        identity: of the interpreter.
        agent_name: by which it is dispatched; empty where it goes to every room.
        seconds: between two rounds; 0 for none at all.
        is_free: whether this worker takes rooms now; nobody is asked in vain while it is full.
        stand_ins: those that this worker serves. One ends with the dispatch that it stands in for.
    """

    def __init__(
        self,
        access: Access,
        *,
        identity: str,
        agent_name: str,
        seconds: float,
        is_free: Callable[[], bool],
        stand_ins: Callable[[], Sequence[StandIn]],
    ) -> None:
        self._access = access
        self._identity = identity
        self._agent_name = agent_name
        self._seconds = seconds
        self._is_free = is_free
        self._stand_ins = stand_ins
        # By a room's sid.
        self._waits: dict[str, Wait] = {}
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
                async with self._access() as server:
                    await self._round(server)
                is_told = False
            except FAILURES as error:
                if not is_told:
                    logger.warning("rooms that wait cannot be looked for now", exc_info=error)
                is_told = True
            pause = min(self._seconds, _SOON_SECONDS) if self._waits else self._seconds
            await asyncio.sleep(pause * random.uniform(1.0, _JITTER))

    async def _round(self, server: api.LiveKitAPI) -> None:
        for served in self._stand_ins():
            await self._end_without_original(server, served)
        if not self._is_free():
            return
        rooms = (await server.room.list_rooms(api.ListRoomsRequest())).rooms
        found = [
            (room, dispatches)
            for room in rooms
            if room.num_participants and (dispatches := await self._waited_for(server, room.name))
        ]
        now = asyncio.get_running_loop().time()
        ids = {room.sid: [one.id for one in dispatches] for room, dispatches in found}
        new = Wait(frozenset(), now)
        self._waits = {sid: self._waits.get(sid, new).seen(of, now) for sid, of in ids.items()}
        due = [(room, of) for room, of in found if self._waits[room.sid].is_over(now)]
        for room, dispatches in due[:_MOST_AT_ONCE]:
            await self._ask(server, room, dispatches)

    async def _waited_for(self, server: api.LiveKitAPI, room: str) -> list[api.AgentDispatch]:
        """All dispatches of the interpreter to a room that should have one and has none."""
        try:
            there = await server.room.list_participants(api.ListParticipantsRequest(room=room))
            if not has_people_alone(there.participants, self._identity):
                return []
            dispatches = await _dispatches(server, room, self._agent_name)
        except FAILURES as error:
            # A room that has just gone, or whose server has.
            logger.debug("a room cannot be looked at", exc_info=error)
            return []
        return [] if all(map(_stands_in, dispatches)) else dispatches

    async def _ask(
        self, server: api.LiveKitAPI, room: api.Room, dispatches: Sequence[api.AgentDispatch]
    ) -> None:
        earlier = [one for one in dispatches if _stands_in(one)]
        original = next(one for one in dispatches if one not in earlier)
        logger.info("a room waits for an interpreter: asking for one", extra={"room": room.name})
        try:
            for one in earlier:
                await server.agent_dispatch.delete_dispatch(one.id, room.name)
            await server.agent_dispatch.create_dispatch(
                api.CreateAgentDispatchRequest(
                    agent_name=self._agent_name,
                    room=room.name,
                    metadata=f"{_MARK}{original.id}",
                    deployment=original.deployment,
                )
            )
        except FAILURES as error:
            logger.debug("a room cannot be asked for", exc_info=error)
            return
        # Nobody had time for one that was given to no worker.
        if all(one.state.jobs for one in earlier):
            wait = self._waits[room.sid]
            self._waits[room.sid] = replace(wait, tries=wait.tries + 1)

    async def _end_without_original(self, server: api.LiveKitAPI, served: StandIn) -> None:
        try:
            dispatches = await _dispatches(server, served.room, self._agent_name)
            if all(one.id != served.original for one in dispatches):
                await server.agent_dispatch.delete_dispatch(served.dispatch_id, served.room)
        except FAILURES as error:
            logger.debug("a room's dispatches cannot be looked at", exc_info=error)


def _stands_in(dispatch: api.AgentDispatch) -> bool:
    return dispatch.metadata.startswith(_MARK)


async def dismiss(access: Access, room: str, agent_name: str) -> None:
    """Let a room that has sent its interpreter away wait for none any more."""
    try:
        async with access() as server:
            for one in await _dispatches(server, room, agent_name):
                await server.agent_dispatch.delete_dispatch(one.id, room)
    except FAILURES as error:
        logger.warning("an interpreter that was sent away may be asked for again", exc_info=error)


async def _dispatches(
    server: api.LiveKitAPI, room: str, agent_name: str
) -> list[api.AgentDispatch]:
    """Those by this name that hold. LiveKit keeps one without a name for every room."""
    return [
        one
        for one in await server.agent_dispatch.list_dispatch(room)
        if one.agent_name == agent_name and not one.state.deleted_at
    ]
