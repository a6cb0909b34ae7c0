"""Rooms with an interpreter in them whose engines are scripted."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from agent.audience import subscriber
from agent.config import Settings
from agent.engines import EngineSet
from agent.room import RoomInterpreter
from agent.unseen import lookout
from livekit import rtc
from livekit.plugins.cascade import CascadeEvent
from tests.fakes.engines import FakeEngines
from tests.integration.room import Ear, Microphone, Place, ear, microphone

SENTENCE = "alpha bravo charlie over."


def settings(**changes: object) -> Settings:
    return Settings(_env_file=None, **{"target_languages": ("es",), **changes})  # type: ignore[arg-type]


@asynccontextmanager
async def interpreter(
    place: Place,
    engines: EngineSet | None = None,
    *,
    identity: str = "interpreter",
    key: str = "",
    **changes: object,
) -> AsyncIterator[list[CascadeEvent]]:
    """An interpreter in the room; yields what its cascade emits."""
    async with (
        place.join(identity, kind="agent", subscribe=False, key=key) as room,
        interpreting(place, room, engines, **changes) as events,
    ):
        yield events


@asynccontextmanager
async def interpreting(
    place: Place, room: rtc.Room, engines: EngineSet | None = None, **changes: object
) -> AsyncIterator[list[CascadeEvent]]:
    """The same for a room that has been joined already."""
    events: list[CascadeEvent] = []
    running = RoomInterpreter(
        room,
        engines or FakeEngines(),
        settings(**changes),
        on_event=events.append,
        subscribe=subscriber(place.access, place.name),
        look=lookout(place.access, place.name),
    )
    running.start()
    await running.announce()
    try:
        yield events
    finally:
        await running.aclose()


@asynccontextmanager
async def conversation(
    place: Place, attributes: Mapping[str, str] | None = None, **changes: object
) -> AsyncIterator[tuple[Microphone, Ear]]:
    """Ana's microphone in an interpreted room, and the ear of somebody who listens there.

    Args:
        attributes: the listener's.
        changes: of the settings.
    """
    async with (
        place.join("ana") as ana,
        place.join("listener", attributes=attributes) as listening,
        ear(listening) as listener,
        interpreter(place, **changes),  # type: ignore[arg-type]
        microphone(ana) as ana_speaks,
    ):
        yield ana_speaks, listener


def heard(listener: Ear, name: str, text: str) -> bool:
    return listener.heard[name] == text.split()
