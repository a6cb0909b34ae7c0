"""Lets everybody in a room hear and read their language, whatever their client subscribes to.

The server keeps one set of permissions for each publisher; a new set replaces the last one. Before
any is sent everybody may hear everything, so that the first has to go out before the first track.

LiveKit's native client sends each set in a task of its own and says nothing about it. On a loaded
machine one can overtake the next, and somebody would never hear the track that only the next one
allows: so they keep a distance, and the last one is sent twice.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Protocol

from livekit.agents.utils import aio

from livekit import api, rtc
from livekit.plugins.cascade import Caption

from .hearing import (
    Listener,
    Permissions,
    TranslatedTrack,
    audible,
    granted_again,
    permissions,
    readers,
)
from .server_access import FAILURES, Access
from .throttle import Throttle

logger = logging.getLogger("interpreter.audience")

# The permission goes another way than the request to subscribe, and has to be there first.
_AHEAD_SECONDS = 0.05
# Sets that are sent together have been seen to arrive 0.04 s apart, in the wrong order.
_APART_SECONDS = 0.1
_TWICE_SECONDS = 1.0

Subscribe = Callable[[str, Sequence[str]], Awaitable[None]]
"""Has the server subscribe somebody to tracks: (identity, sids). It must not raise."""


class HasSid(Protocol):
    """A published track. A reconnect gives it another sid."""

    @property
    def sid(self) -> str: ...


class Audience:
    """Who may hear which of an interpreter's tracks, and who reads which captions.

    Args:
        subscribe: a client that could hear a track before tries again by itself only every three
            seconds when it may once more; with this it hears it at once.
    """

    def __init__(
        self, participant: rtc.LocalParticipant, *, subscribe: Subscribe | None = None
    ) -> None:
        self._participant = participant
        self._subscribe = subscribe
        self._listeners: tuple[Listener, ...] = ()
        self._tracks: dict[HasSid, TranslatedTrack] = {}
        self._sent: Permissions | None = None
        self._audible: dict[str, frozenset[str]] = {}
        self._ever: dict[str, frozenset[str]] = {}
        self._changed = Throttle(self._update, seconds=_APART_SECONDS)
        self._twice: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def listen(self, listeners: Iterable[Listener]) -> None:
        """These are in the room now, and this is what they want to hear."""
        self._listeners = tuple(listeners)
        self._changed.ask()

    def readers(self, caption: Caption) -> list[str] | None:
        """Identities of those who read a caption; None for everybody: the original's go to all."""
        return readers(self._listeners, caption.language) if caption.is_translation else None

    @contextmanager
    def offered(self, track: HasSid, *, speaker: str, language: str) -> Iterator[None]:
        """Offer a published track, to those who may hear it, until it has gone."""
        self._tracks[track] = TranslatedTrack(track.sid, speaker, language)
        self._changed.ask()
        try:
            yield
        finally:
            del self._tracks[track]
            self._changed.ask()

    def tell_again(self) -> None:
        """The server may have forgotten: the room was joined anew."""
        self._sent = None
        self._changed.ask()

    async def aclose(self) -> None:
        """Leave everything as it is."""
        self._changed.close()
        if self._twice is not None:
            self._twice.cancel()
        await aio.cancel_and_wait(*self._tasks)

    def _update(self) -> None:
        tracks = [replace(named, sid=track.sid) for track, named in self._tracks.items()]
        allowed = permissions(self._listeners, tracks)
        if allowed != self._sent:
            self._tell(allowed)
        again = granted_again(allowed, self._audible, self._ever)
        self._audible = audible(allowed, tracks)
        self._remember(frozenset(track.sid for track in tracks))
        for identity, sids in again.items():
            self._resubscribe(identity, sids)

    def _tell(self, allowed: Permissions) -> None:
        self._sent = allowed
        self._send(allowed)
        if self._twice is not None:
            self._twice.cancel()
        loop = asyncio.get_running_loop()
        self._twice = loop.call_later(_TWICE_SECONDS, self._send, allowed)

    def _send(self, allowed: Permissions) -> None:
        self._participant.set_track_subscription_permissions(
            allow_all_participants=False,
            participant_permissions=[
                rtc.ParticipantTrackPermission(
                    participant_identity=identity,
                    allow_all=sids is None,
                    allowed_track_sids=sorted(sids or ()),
                )
                for identity, sids in allowed.items()
            ],
        )

    def _remember(self, there: frozenset[str]) -> None:
        """Who could ever hear what, of those and of the tracks that are here; a client that comes
        back is new, and a track that does has another sid."""
        nothing: frozenset[str] = frozenset()
        self._ever = {
            identity: sids | (self._ever.get(identity, nothing) & there)
            for identity, sids in self._audible.items()
        }

    def _resubscribe(self, identity: str, sids: Sequence[str]) -> None:
        if self._subscribe is None:
            return
        task = asyncio.create_task(self._subscribe_soon(self._subscribe, identity, sids))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @staticmethod
    async def _subscribe_soon(subscribe: Subscribe, identity: str, sids: Sequence[str]) -> None:
        await asyncio.sleep(_AHEAD_SECONDS)
        await subscribe(identity, sids)


def subscriber(access: Access, room: str) -> Subscribe:
    """Asks the server to subscribe somebody, in place of their client.

    Args:
        access: a connection to the server's API, closed after each request.
        room: its name.
    """

    async def subscribe(identity: str, sids: Sequence[str]) -> None:
        request = api.UpdateSubscriptionsRequest(
            room=room, identity=identity, track_sids=sids, subscribe=True
        )
        async with access() as server:
            try:
                await server.room.update_subscriptions(request)
            except FAILURES as error:
                # They have left, or will be subscribed within a few seconds by their client.
                logger.warning("a listener could not be subscribed at once", exc_info=error)

    return subscribe
