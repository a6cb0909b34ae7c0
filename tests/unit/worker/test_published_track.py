"""A track goes when it is closed, whatever a reconnect has made of it."""

import asyncio
from types import SimpleNamespace

import pytest
from livekit.rtc.participant import UnpublishTrackError

from agent.evaluation.virtual_time import run
from agent.publication import PublishedTrack

pytestmark = pytest.mark.unit


class Room:
    """With one track of the interpreter's, which every reconnect publishes under another sid.

    Args:
        reconnects: seconds that each needs, one after the other; until then no sid is known.
        answers: whether the native client says so.
    """

    def __init__(
        self,
        *reconnects: float,
        answers: bool = True,
        connected: bool = True,
        fails: bool = False,
    ) -> None:
        self.publication = SimpleNamespace(sid="TR_0")
        self.published = {"TR_0"}
        self.connected = connected
        self.reconnects = list(reconnects)
        self.answers = answers
        self.fails = fails
        self.is_reconnecting = False
        self.is_source_closed = False

    @property
    def local_participant(self) -> "Room":
        return self

    def isconnected(self) -> bool:
        return self.connected

    async def unpublish_track(self, sid: str) -> None:
        assert not self.is_source_closed
        if self.reconnects and not self.is_reconnecting:
            self.is_reconnecting = True
            asyncio.get_running_loop().call_later(self.reconnects.pop(0), self._publish_anew)
            self.published.clear()
        if self.fails or sid not in self.published:
            if not self.answers:
                await asyncio.Event().wait()
            raise UnpublishTrackError("track not found")
        self.published.discard(sid)

    def _publish_anew(self) -> None:
        self.publication.sid += "'"
        self.published = {self.publication.sid}
        self.is_reconnecting = False

    async def aclose(self) -> None:
        self.is_source_closed = True


async def close(room: Room) -> float:
    """Returns the seconds that it takes."""
    track = PublishedTrack(room, room, room.publication)  # type: ignore[arg-type]
    await track.aclose()
    assert room.is_source_closed
    return asyncio.get_running_loop().time()


@pytest.mark.parametrize("reconnects", [(), (0.5,), (0.3, 2.0), (0.2, 0.2, 0.2, 0.2)])
def test_it_goes_under_the_sid_that_it_has_by_then(reconnects: tuple[float, ...]) -> None:
    room = Room(*reconnects)
    seconds = run(close(room), virtual=True, work_is_free=True)
    assert not room.published
    assert seconds == pytest.approx(sum(reconnects), abs=0.1 * len(reconnects))


def test_a_native_client_that_does_not_answer_is_asked_again() -> None:
    room = Room(0.5, answers=False)
    run(close(room), virtual=True, work_is_free=True)
    assert not room.published


@pytest.mark.parametrize(("connected", "longest"), [(False, 0.0), (True, 5.0)])
def test_one_that_went_by_itself_is_not_waited_for_long(connected: bool, longest: float) -> None:
    room = Room(connected=connected, fails=True)
    assert run(close(room), virtual=True, work_is_free=True) <= longest
