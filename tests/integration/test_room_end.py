"""What becomes of captions and of what was remembered when somebody, or the room, has gone."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from livekit.agents.utils import aio

from agent.publication import CaptionTarget
from agent.room import RoomInterpreter
from livekit import api
from livekit.plugins.cascade import Caption
from tests.fakes import tones
from tests.fakes.engines import FakeEngines
from tests.integration.interpreted import SENTENCE, settings
from tests.integration.room import PATIENCE_SECONDS, Place, ear, microphone
from tests.logs import told

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

CAPTION = Caption("s1", "s1-source", "en", "hello", "", True, False, 0.0, 1.0)


@asynccontextmanager
async def running(place: Place, **changes: object) -> AsyncIterator[RoomInterpreter]:
    async with place.join("interpreter", kind="agent", subscribe=False) as room:
        interpreter = RoomInterpreter(room, FakeEngines(), settings(**changes))
        interpreter.start()
        try:
            yield interpreter
        finally:
            await interpreter.aclose()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0.01)


@asynccontextmanager
async def captions_of(interpreter: RoomInterpreter) -> AsyncIterator[None]:
    """One after the other, whether or not they can be sent."""

    async def publish() -> None:
        while True:
            interpreter._captions.publish(CAPTION, CaptionTarget("ana", "TR_1"))
            await asyncio.sleep(0.002)

    publishing = asyncio.create_task(publish())
    try:
        yield
    finally:
        await aio.cancel_and_wait(publishing)


async def test_captions_that_the_end_of_the_room_overtakes_are_no_error(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="interpreter.publication")
    async with (
        place.access() as server,
        running(place) as interpreter,
        captions_of(interpreter),
        place.join("listener") as listening,
        ear(listening) as listener,
    ):
        await listener.wait_for(lambda: listener.captions)
        await server.room.delete_room(api.DeleteRoomRequest(room=place.name))
        await until(lambda: "a caption was not sent, the room is gone" in caplog.text)
    # The listener of the test may find a caption cut short.
    ours = (record for record in told(caplog) if record.name.startswith("interpreter."))
    assert [record for record in ours if record.levelno >= logging.ERROR] == []


async def test_the_language_of_a_microphone_that_has_gone_is_forgotten(place: Place) -> None:
    async with (
        place.join("listener") as listening,
        ear(listening) as listener,
        running(place, source_language=()) as interpreter,
    ):
        async with place.join("ana") as ana, microphone(ana) as ana_speaks:
            await ana_speaks.wait_subscribed()
            ana_speaks.say(SENTENCE)
            expected = [tones.translate(SENTENCE, "es")]
            await listener.wait_for(lambda: listener.finals("es") == expected)
            assert interpreter._detected.by_track == {ana_speaks.sid: "en"}
        await until(lambda: not interpreter._detected.by_track)
