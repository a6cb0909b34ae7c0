"""Which rooms wait for an interpreter, and what is done about it."""

import asyncio
from collections.abc import Iterator, Sequence
from itertools import repeat
from types import TracebackType

import pytest

from agent import patrol
from agent.patrol import Patrol, waits
from livekit import api
from tests.logs import told

pytestmark = pytest.mark.unit

ANA = api.ParticipantInfo(identity="ana", kind=api.ParticipantInfo.Kind.STANDARD)
PHONE = api.ParticipantInfo(identity="phone", kind=api.ParticipantInfo.Kind.SIP)
RECORDER = api.ParticipantInfo(identity="recorder", kind=api.ParticipantInfo.Kind.EGRESS)
OTHER = api.ParticipantInfo(identity="other", kind=api.ParticipantInfo.Kind.AGENT)
INTERPRETER = api.ParticipantInfo(identity="interpreter", kind=api.ParticipantInfo.Kind.AGENT)
EVERY = api.AgentDispatch(id="every", agent_name="")
NAMED = api.AgentDispatch(id="named", agent_name="hall")
ENDED = api.AgentDispatch(
    id="ended", agent_name="", state=api.AgentDispatchState(deleted_at=1_700_000_000)
)


@pytest.mark.parametrize(
    ("there", "dispatches", "agent_name", "expected"),
    [
        ([ANA], [EVERY], "", True),
        ([PHONE, OTHER], [EVERY], "", True),
        ([ANA, INTERPRETER], [EVERY], "", False),
        ([RECORDER, OTHER], [EVERY], "", False),
        ([], [EVERY], "", False),
        ([ANA], [], "", False),
        ([ANA], [ENDED], "", False),
        ([ANA], [EVERY], "hall", False),
        ([ANA], [EVERY, NAMED], "hall", True),
    ],
)
def test_people_without_an_interpreter_wait_for_the_one_that_was_dispatched(
    there: list[api.ParticipantInfo],
    dispatches: list[api.AgentDispatch],
    agent_name: str,
    expected: bool,
) -> None:
    found = waits(there, dispatches, identity="interpreter", agent_name=agent_name)
    assert found is expected


class Server:
    """A LiveKit server's API with one room, in which are these people."""

    def __init__(self, *there: api.ParticipantInfo) -> None:
        self.there: Sequence[api.ParticipantInfo] = there
        self.asked: list[str] = []
        self.rounds = 0
        self.last_round = 0
        self.is_over = asyncio.Event()
        self.free: Iterator[bool] = repeat(True)
        self.error: Exception | None = None
        self.room = self.agent_dispatch = self

    def is_free(self) -> bool:
        for free in self.free:
            return free
        self.is_over.set()
        return False

    async def __aenter__(self) -> "Server":
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        pass

    async def list_rooms(self, request: api.ListRoomsRequest) -> api.ListRoomsResponse:
        self.rounds += 1
        if self.rounds > self.last_round:
            self.is_over.set()
        if self.error is not None:
            raise self.error
        room = api.Room(sid="RM_1", name="hall", num_participants=len(self.there))
        return api.ListRoomsResponse(rooms=[room])

    async def list_participants(
        self, request: api.ListParticipantsRequest
    ) -> api.ListParticipantsResponse:
        return api.ListParticipantsResponse(participants=self.there)

    async def list_dispatch(self, room_name: str) -> list[api.AgentDispatch]:
        return [EVERY]

    async def create_dispatch(self, request: api.CreateAgentDispatchRequest) -> None:
        self.asked.append(request.room)


@pytest.fixture(autouse=True)
def no_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patrol, "_SURE_SECONDS", 0.0)


def patrol_of(server: Server) -> Patrol:
    return Patrol(
        lambda: server,  # type: ignore[arg-type, return-value]
        identity="interpreter",
        agent_name="",
        seconds=1e-6,
        is_free=server.is_free,
    )


async def rounds(server: Server, number: int) -> None:
    """That many rounds from beginning to end."""
    server.last_round = server.rounds + number
    server.is_over.clear()
    walking = patrol_of(server)
    walking.start()
    walking.start()
    async with asyncio.timeout(5):
        await server.is_over.wait()
    await walking.aclose()


async def test_an_interpreter_that_does_not_stay_is_asked_for_three_times() -> None:
    server = Server(ANA)
    await rounds(server, 10)
    assert server.asked == ["hall"] * 3


async def test_who_has_an_interpreter_or_nobody_in_it_is_not_asked_for() -> None:
    for there in ((ANA, INTERPRETER), ()):
        server = Server(*there)
        await rounds(server, 3)
        assert not server.asked


async def test_a_worker_that_becomes_full_asks_for_nobody() -> None:
    server = Server(ANA)
    server.free = iter([True, False])
    walking = patrol_of(server)
    walking.start()
    async with asyncio.timeout(5):
        await server.is_over.wait()
    await walking.aclose()
    assert server.rounds == 1 and not server.asked


async def test_a_server_that_does_not_answer_is_told_of_once_and_asked_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    server = Server(ANA)
    server.error = TimeoutError()
    await rounds(server, 4)
    assert ["looked for" in record.message for record in told(caplog)] == [True]
    server.error = None
    await rounds(server, 3)
    assert server.asked
