"""Whose voice a track carries, in a room whose tracks tell scripted receivers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from livekit.rtc._proto.stats_pb2 import RtcStats
from livekit.rtc.event_emitter import EventEmitter

from agent.evaluation.virtual_time import run
from agent.receivers import Receivers, superseded

pytestmark = pytest.mark.unit

# As LiveKit's native client needs; the room goes on meanwhile.
ANSWER_SECONDS = 0.01


class Track:
    """Tells its receiver once it has one; ``None`` stands for a track that cannot answer."""

    def __init__(self, receiver: str | None = "") -> None:
        self.receiver = receiver
        self.asked = 0

    async def get_stats(self) -> list[RtcStats]:
        self.asked += 1
        await asyncio.sleep(ANSWER_SECONDS)
        if self.receiver is None:
            raise Exception("the track has gone")
        told = [RtcStats()]
        if self.receiver:
            told.append(RtcStats())
            told[-1].inbound_rtp.inbound.track_identifier = self.receiver
        return told


class Room(EventEmitter[str]):
    """People who have one microphone each, by identity."""

    def __init__(self) -> None:
        super().__init__()
        self.remote_participants: dict[str, SimpleNamespace] = {}

    def publish(self, identity: str, track: Track, *, muted: bool = False) -> SimpleNamespace:
        publication = SimpleNamespace(track=track, muted=muted)
        one = SimpleNamespace(track_publications={"TR": publication})
        self.remote_participants[identity] = one
        self.emit("track_subscribed", track, publication, one)
        return publication


@pytest.mark.parametrize(
    ("receivers", "lost"),
    [
        ({"ana": "1", "ben": "2"}, set()),
        ({"ana": "1", "ben": "1"}, {"ana"}),
        ({"ana": "1", "ben": "2", "eva": "1", "kim": "1"}, {"ana", "eva"}),
        ({"ana": "", "ben": ""}, set()),
    ],
)
def test_the_latest_has_the_receiver(receivers: dict[str, str], lost: set[str]) -> None:
    assert superseded(receivers) == lost


class Watched:
    def __init__(self) -> None:
        self.room = Room()
        self.told = 0
        self.receivers = Receivers(self.room, on_lost=self._tell)  # type: ignore[arg-type]

    def _tell(self) -> None:
        self.told += 1

    def lost(self, *tracks: Track) -> list[bool]:
        return [self.receivers.has_lost(track) for track in tracks]  # type: ignore[arg-type]


@asynccontextmanager
async def watched() -> AsyncIterator[Watched]:
    watch = Watched()
    watch.receivers.start()
    try:
        yield watch
    finally:
        await watch.receivers.aclose()


async def first_packet_comes_late() -> None:
    ana, ben = Track("1"), Track()
    async with watched() as watch:
        watch.room.publish("ana", ana)
        watch.room.publish("ben", ben)
        await asyncio.sleep(3.0)
        assert watch.lost(ana, ben) == [False, False]
        ben.receiver = "1"
        await asyncio.sleep(0.1)
        assert watch.lost(ana, ben) == [True, False]
        await asyncio.sleep(3.0)
        assert watch.told == 1
        asked = ben.asked
        await asyncio.sleep(3.0)
        assert ben.asked == asked, "nothing is left to find out"


async def muted_until_later() -> None:
    ana, ben = Track(), Track()
    async with watched() as watch:
        watch.room.publish("ana", ana, muted=True)
        publication = watch.room.publish("ben", ben, muted=True)
        await asyncio.sleep(3.0)
        assert (ana.asked, ben.asked) == (1, 1), "nothing to be heard, nothing to be found out"
        ana.receiver = ben.receiver = "1"
        publication.muted = False
        watch.room.emit("track_unmuted", None, publication)
        await asyncio.sleep(0.1)
        assert watch.lost(ana, ben) == [True, False]


async def gone_or_granted_again() -> None:
    ana, ben, again = Track("1"), Track("1"), Track("2")
    async with watched() as watch:
        watch.room.publish("ana", ana)
        watch.room.publish("ben", ben)
        await asyncio.sleep(0.1)
        watch.room.publish("ana", again)
        await asyncio.sleep(0.1)
        assert watch.lost(ana, ben, again) == [True, False, False]
        assert watch.told == 1


async def cannot_answer() -> None:
    ana, ben = Track("1"), Track(None)
    async with watched() as watch:
        watch.room.publish("ana", ana)
        watch.room.publish("ben", ben)
        await asyncio.sleep(1.0)
        assert watch.lost(ana, ben) == [False, False]


async def comes_while_another_is_asked() -> None:
    ana, ben, eva, kim = Track("1"), Track("2"), Track("3"), Track("1")
    async with watched() as watch:
        watch.room.publish("ana", ana)
        watch.room.publish("ben", ben)
        await asyncio.sleep(ANSWER_SECONDS / 2)
        watch.room.publish("eva", eva)
        await asyncio.sleep(0.1)
        watch.room.publish("kim", kim)
        await asyncio.sleep(0.1)
        assert watch.lost(ana, ben, eva, kim) == [True, False, False, False]


async def alone() -> None:
    ana = Track()
    async with watched() as watch:
        watch.room.publish("ana", ana)
        await asyncio.sleep(1.0)
    assert not ana.asked


@pytest.mark.parametrize(
    "scene",
    [
        first_packet_comes_late,
        muted_until_later,
        gone_or_granted_again,
        cannot_answer,
        comes_while_another_is_asked,
        alone,
    ],
    ids=lambda scene: scene.__name__,
)
def test_who_lost_their_receiver_is_found(scene: Any) -> None:
    run(scene(), virtual=True, work_is_free=True)


def test_a_look_that_fails_is_told_and_not_the_last(caplog: pytest.LogCaptureFixture) -> None:
    async def scene() -> None:
        ana, ben = Track("1"), Track("1")
        async with watched() as watch:
            broken = SimpleNamespace(track_publications=None)
            watch.room.remote_participants["broken"] = broken
            watch.room.publish("ana", ana)
            await asyncio.sleep(0.1)
            del watch.room.remote_participants["broken"]
            watch.room.publish("ben", ben)
            await asyncio.sleep(0.1)
            assert watch.lost(ana, ben) == [True, False]

    run(scene(), virtual=True, work_is_free=True)
    assert [record.exc_info is not None for record in caplog.records] == [True]
