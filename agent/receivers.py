"""Whose voice a subscribed track carries.

A speaker's client can withdraw their microphone from the interpreter, for a talk with one other
person. No event tells of that: the publication and its track stay. WebRTC gives the receiver that
has become free to the next track that comes, and from then on both tracks carry the later one's
audio. Which receiver a track has can be told by its statistics, from its first packet on.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import TypeVar
from weakref import WeakSet

from livekit.agents.utils import aio

from livekit import rtc

from .microphones import publications

logger = logging.getLogger("interpreter.receivers")

T = TypeVar("T")

# Nobody says a word in that time.
_LOOK_SECONDS = 0.05
_ANSWER_SECONDS = 2.0


class Receivers:
    """Finds out which of a room's tracks have lost their receiver to a later one.

    Args:
        on_lost: told whenever some have; must not block.
    """

    def __init__(self, room: rtc.Room, *, on_lost: Callable[[], None]) -> None:
        self._room = room
        self._on_lost = on_lost
        # By track, in the order of their subscription; empty until the first packet.
        self._receivers: dict[rtc.Track, str] = {}
        self._lost: WeakSet[rtc.Track] = WeakSet()
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to watch. Needs a running event loop."""
        self._room.on("track_subscribed", self._on_subscribed)
        self._room.on("track_unmuted", self._on_unmuted)
        self._task = asyncio.create_task(self._watch(), name="receivers")

    async def aclose(self) -> None:
        """Watch no more."""
        self._room.off("track_subscribed", self._on_subscribed)
        self._room.off("track_unmuted", self._on_unmuted)
        if self._task is not None:
            await aio.cancel_and_wait(self._task)

    def has_lost(self, track: rtc.Track) -> bool:
        """Whether what comes from a track is, or may soon be, somebody else's voice."""
        return track in self._lost

    def _on_subscribed(self, track: rtc.Track) -> None:
        self._receivers[track] = ""
        self._changed.set()

    def _on_unmuted(self) -> None:
        self._changed.set()

    async def _watch(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                if await self._look():
                    self._changed.set()
                    await asyncio.sleep(_LOOK_SECONDS)
            except Exception:
                # What was not found out is found by the next event.
                logger.exception("whose voice a track carries could not be told")

    async def _look(self) -> bool:
        """Returns whether to look again soon: a microphone is about to be heard."""
        there: dict[rtc.Track, rtc.RemoteTrackPublication] = {
            p.track: p for p in publications(self._room) if p.track is not None
        }
        self._receivers = {t: known for t, known in self._receivers.items() if t in there}
        if len(self._receivers) < 2:
            return False
        unknown = [track for track, known in self._receivers.items() if not known]
        found = await asyncio.gather(*(_receiver_of(track) for track in unknown))
        self._receivers.update(zip(unknown, found, strict=True))
        self._tell(superseded(self._receivers))
        # Tracks that came meanwhile have asked for a look of their own.
        asked = zip(unknown, found, strict=True)
        return any(not receiver and not there[track].muted for track, receiver in asked)

    def _tell(self, lost: set[rtc.Track]) -> None:
        if lost - set(self._lost):
            self._lost.update(lost)
            self._on_lost()


def superseded(receivers: Mapping[T, str]) -> set[T]:
    """Those whose receiver one that comes later in the order has got; empty ones are not known."""
    last = {receiver: track for track, receiver in receivers.items()}
    return {track for track, receiver in receivers.items() if receiver and last[receiver] != track}


async def _receiver_of(track: rtc.Track) -> str:
    """Empty where it cannot be told, or not yet."""
    try:
        told = await asyncio.wait_for(track.get_stats(), _ANSWER_SECONDS)
    except Exception as error:
        # Of no kind of its own: the track has just gone, as a rule.
        logger.debug("a track does not tell its receiver", exc_info=error)
        return ""
    inbound = (one.inbound_rtp.inbound for one in told if one.HasField("inbound_rtp"))
    return next((stream.track_identifier for stream in inbound), "")
