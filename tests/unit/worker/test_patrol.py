"""Which rooms wait for an interpreter, and what is done about it."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from agent import patrol
from agent.evaluation.virtual_time import run
from agent.patrol import (
    Patrol,
    StandIn,
    Wait,
    dismiss,
    free_identity,
    has_people_alone,
    stand_in,
)
from livekit import api
from tests.logs import told

pytestmark = pytest.mark.unit

ANA = api.ParticipantInfo(identity="ana", kind=api.ParticipantInfo.Kind.STANDARD)
PHONE = api.ParticipantInfo(identity="phone", kind=api.ParticipantInfo.Kind.SIP)
RECORDER = api.ParticipantInfo(identity="recorder", kind=api.ParticipantInfo.Kind.EGRESS)
OTHER = api.ParticipantInfo(identity="other", kind=api.ParticipantInfo.Kind.AGENT)
INTERPRETER = api.ParticipantInfo(identity="interpreter", kind=api.ParticipantInfo.Kind.AGENT)
# Somebody who interprets by themselves, in the same room.
HUMAN = api.ParticipantInfo(identity="interpreter", kind=api.ParticipantInfo.Kind.STANDARD)
SECOND = api.ParticipantInfo(identity="interpreter~2", kind=api.ParticipantInfo.Kind.AGENT)
MARK = "interpreter.stands_in_for:"
JOB = api.AgentDispatchState().jobs.add()


@pytest.fixture(autouse=True)
def always_in_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patrol, "_JITTER", 1.0)


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        ([ANA], True),
        ([PHONE, OTHER], True),
        ([ANA, INTERPRETER], False),
        ([ANA, HUMAN], True),
        ([ANA, HUMAN, SECOND], False),
        ([RECORDER, OTHER], False),
        ([], False),
    ],
)
def test_people_without_an_interpreter_wait(
    there: list[api.ParticipantInfo], expected: bool
) -> None:
    assert has_people_alone(there, "interpreter") is expected


def test_somebody_with_the_interpreter_s_identity_keeps_it() -> None:
    assert free_identity("interpreter", [ANA]) == "interpreter"
    assert free_identity("interpreter", [ANA, HUMAN]) == "interpreter~2"
    assert free_identity("interpreter", [HUMAN, SECOND]) == "interpreter~3"


def test_what_a_dispatch_stands_in_for_is_in_its_metadata() -> None:
    assert stand_in("hall", "AD_2", f"{MARK}AD_1") == StandIn("hall", "AD_2", "AD_1")
    assert stand_in("hall", "AD_1", '{"of": "somebody else"}') is None


def test_a_room_waits_anew_when_anybody_has_asked_and_longer_each_time() -> None:
    wait = Wait(frozenset({"AD_1"}), since=0.0)
    assert [wait.is_over(at) for at in (9.9, 10.0)] == [False, True]
    again = wait.seen(["AD_1", "AD_2"], 12.0)
    assert again.since == 12.0 and again.seen(["AD_2", "AD_1"], 99.0) == again
    tried = [Wait(frozenset(), 0.0, tries) for tries in (0, 1, 4, 99)]
    assert [wait.is_over(899.0) for wait in tried] == [True, True, False, False]
    assert all(wait.is_over(900.0) for wait in tried)


@dataclass
class Hall:
    """A room of a server, its people, and the dispatches to it.

    Attributes:
        comes: what happens when an interpreter is asked for.
    """

    there: Sequence[api.ParticipantInfo] = (ANA,)
    dispatches: list[api.AgentDispatch] = field(default_factory=list)
    comes: Callable[["Hall", api.AgentDispatch], None] = lambda hall, dispatch: None
    is_lost: bool = False


class Server:
    """A LiveKit server's API; each room has a dispatch without a name from the beginning."""

    def __init__(self, *halls: Hall) -> None:
        self.halls = {f"hall {number}": hall for number, hall in enumerate(halls, start=1)}
        self._numbers = iter(range(1, 1_000))
        for hall in halls:
            hall.dispatches.append(self._dispatch(""))
        self.asked: list[tuple[float, str]] = []
        self.rounds = 0
        self.error: Exception | None = None
        self.is_free = True
        self.serves: list[StandIn] = []
        self.room = self.agent_dispatch = self

    def _dispatch(self, name: str, metadata: str = "") -> api.AgentDispatch:
        return api.AgentDispatch(
            id=f"AD_{next(self._numbers)}",
            agent_name=name,
            metadata=metadata,
            state=api.AgentDispatchState(),
        )

    async def __aenter__(self) -> "Server":
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def list_rooms(self, request: api.ListRoomsRequest) -> api.ListRoomsResponse:
        self.rounds += 1
        if self.error is not None:
            raise self.error
        rooms = [
            api.Room(sid=f"RM_{name}", name=name, num_participants=len(hall.there))
            for name, hall in self.halls.items()
        ]
        return api.ListRoomsResponse(rooms=rooms)

    async def list_participants(
        self, request: api.ListParticipantsRequest
    ) -> api.ListParticipantsResponse:
        if self.halls[request.room].is_lost:
            raise TimeoutError
        return api.ListParticipantsResponse(participants=self.halls[request.room].there)

    async def list_dispatch(self, room_name: str) -> list[api.AgentDispatch]:
        return list(self.halls[room_name].dispatches)

    async def create_dispatch(self, request: api.CreateAgentDispatchRequest) -> None:
        hall = self.halls[request.room]
        hall.dispatches.append(self._dispatch(request.agent_name, request.metadata))
        self.asked.append((asyncio.get_running_loop().time(), request.room))
        hall.comes(hall, hall.dispatches[-1])

    async def delete_dispatch(self, dispatch_id: str, room_name: str) -> None:
        hall = self.halls[room_name]
        hall.dispatches = [one for one in hall.dispatches if one.id != dispatch_id]


def access(server: Server) -> Callable[[], Any]:
    return lambda: server


async def walk(server: Server, seconds: float, name: str = "") -> None:
    """So long, with a round every 30 s."""
    walking = Patrol(
        access(server),
        identity="interpreter",
        agent_name=name,
        seconds=30.0,
        is_free=lambda: server.is_free,
        stand_ins=lambda: server.serves,
    )
    walking.start()
    walking.start()
    await asyncio.sleep(seconds)
    await walking.aclose()


def at_once(work: Coroutine[Any, Any, None]) -> None:
    run(work, virtual=True, work_is_free=True)


def joins(hall: Hall, dispatch: api.AgentDispatch) -> None:
    dispatch.state.jobs.append(JOB)
    hall.there = (*hall.there, INTERPRETER)


def goes_again(hall: Hall, dispatch: api.AgentDispatch) -> None:
    dispatch.state.jobs.append(JOB)


def names_of(hall: Hall) -> list[str]:
    return [f"{one.agent_name}|{one.metadata}" for one in hall.dispatches]


def test_a_room_that_waits_gets_one_interpreter() -> None:
    hall = Hall(comes=joins)
    server = Server(hall)
    at_once(walk(server, 600.0))
    ((at, _),) = server.asked
    assert 10.0 <= at < 20.0
    assert names_of(hall) == ["|", f"|{MARK}AD_1"]


def test_who_does_not_stay_is_asked_for_ever_more_seldom() -> None:
    hall = Hall(comes=goes_again)
    server = Server(hall)
    at_once(walk(server, 3600.0))
    times = [at for at, _ in server.asked]
    pauses = [later - earlier for earlier, later in zip(times, times[1:], strict=False)]
    assert 6 <= len(times) <= 8 and pauses == sorted(pauses), times
    assert len(hall.dispatches) == 2


def test_when_no_worker_had_time_the_next_try_is_not_put_off() -> None:
    hall = Hall()
    server = Server(hall)
    at_once(walk(server, 600.0))
    times = [at for at, _ in server.asked]
    # The first counts, since nothing has been asked before it.
    assert len(times) > 20
    assert len(hall.dispatches) == 2


def test_many_rooms_are_asked_for_a_few_at_a_time_until_all_have_one() -> None:
    server = Server(*(Hall(comes=joins) for _ in range(10)))
    at_once(walk(server, 60.0))
    assert len({room for _, room in server.asked}) == len(server.asked) == 10
    moments = [at for at, _ in server.asked]
    assert max(moments.count(at) for at in moments) == 4


@pytest.mark.parametrize("there", [(), (ANA, INTERPRETER), (RECORDER,)])
def test_rooms_that_do_not_wait_are_left_alone(there: tuple[api.ParticipantInfo, ...]) -> None:
    server = Server(Hall(there))
    at_once(walk(server, 600.0))
    assert server.rounds > 10 and not server.asked


def test_a_name_goes_only_where_it_is_dispatched() -> None:
    wanted, other = Hall(comes=joins), Hall(comes=joins)
    server = Server(wanted, other)
    wanted.dispatches.append(api.AgentDispatch(id="AD_named", agent_name="hall"))
    at_once(walk(server, 600.0, "hall"))
    assert [room for _, room in server.asked] == ["hall 1"]
    assert names_of(wanted)[-1] == f"hall|{MARK}AD_named"


def test_a_room_whose_own_dispatch_has_been_taken_back_waits_no_more() -> None:
    hall = Hall(comes=goes_again)
    server = Server(hall)
    at_once(walk(server, 25.0))
    assert len(server.asked) == 1
    hall.dispatches = hall.dispatches[1:]
    at_once(walk(server, 600.0))
    assert len(server.asked) == 1


def test_what_stands_in_ends_with_its_original() -> None:
    hall = Hall(comes=joins)
    server = Server(hall)
    at_once(walk(server, 25.0))
    server.serves = [StandIn("hall 1", "AD_2", "AD_1")]
    at_once(walk(server, 60.0))
    assert len(hall.dispatches) == 2
    hall.dispatches = hall.dispatches[1:]
    at_once(walk(server, 60.0))
    assert not hall.dispatches


def test_a_worker_that_is_full_asks_for_nobody() -> None:
    server = Server(Hall())
    server.is_free = False
    at_once(walk(server, 600.0))
    assert not server.rounds and not server.asked


def test_a_room_that_cannot_be_looked_at_holds_up_no_other() -> None:
    server = Server(Hall(is_lost=True), Hall(comes=joins))
    at_once(walk(server, 60.0))
    assert [room for _, room in server.asked] == ["hall 2"]


def test_a_server_that_does_not_answer_is_told_of_once_and_asked_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    server = Server(Hall(comes=joins))
    server.error = TimeoutError()
    at_once(walk(server, 600.0))
    assert ["looked for" in record.message for record in told(caplog)] == [True]
    server.error = None
    at_once(walk(server, 600.0))
    assert len(server.asked) == 1


async def test_a_room_that_sends_the_interpreter_away_keeps_the_dispatches_of_others() -> None:
    hall = Hall()
    server = Server(hall)
    hall.dispatches.append(api.AgentDispatch(id="AD_other", agent_name="other"))
    await dismiss(access(server), "hall 1", "")
    assert names_of(hall) == ["other|"]


def test_a_name_may_have_the_sign_of_another_interpreter() -> None:
    def agent(identity: str) -> api.ParticipantInfo:
        return api.ParticipantInfo(identity=identity, kind=api.ParticipantInfo.Kind.AGENT)

    assert not has_people_alone([ANA, agent("team~a")], "team~a")
    assert not has_people_alone([ANA, agent("team~a~2")], "team~a")
    assert has_people_alone([ANA, agent("team~b")], "team~a")


@pytest.mark.parametrize("identity", ["interpreter", "team~a", "7"])
def test_an_interpreter_is_known_by_any_identity_that_it_takes(identity: str) -> None:
    there: list[api.ParticipantInfo] = []
    for _ in range(12):
        taken = patrol.free_identity(identity, there)
        kind = api.ParticipantInfo.Kind.AGENT
        there.append(api.ParticipantInfo(identity=taken, kind=kind))
    assert len({one.identity for one in there}) == 12
    assert all(patrol.is_interpreter(one, identity) for one in there)
