"""An interpreter with a name comes only where it is dispatched, and the page's visitors do that."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from agent.provisioning import LiveKitServer
from livekit import rtc
from tests.browser.command import web
from tests.integration.room import PATIENCE_SECONDS, Place
from tests.integration.test_worker import SCRIPTED, environment, worker

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(120),
    pytest.mark.usefixtures("livekit_client"),
]


@asynccontextmanager
async def visitor(address: str, place: Place, name: str) -> AsyncIterator[rtc.Room]:
    """Somebody in the room with a token of the page."""
    wishes = {"name": name, "room": place.name, "hears": "es"}
    async with (
        aiohttp.ClientSession() as client,
        client.post(f"{address}/ticket", json=wishes) as answer,
    ):
        ticket = await answer.json()
    room = rtc.Room()
    await room.connect(ticket["url"], ticket["token"])
    try:
        yield room
    finally:
        await room.disconnect()


async def wait_for(identity: str, room: rtc.Room) -> None:
    """Return when somebody is in the room."""
    changed = asyncio.Event()
    room.on("participant_connected", lambda _: changed.set())
    async with asyncio.timeout(PATIENCE_SECONDS):
        while identity not in room.remote_participants:
            changed.clear()
            await changed.wait()


async def dispatched(place: Place) -> list[str]:
    """Names of the agents that were sent to the room."""
    async with place.access() as access:
        found = await access.agent_dispatch.list_dispatch(place.name)
    return [dispatch.agent_name for dispatch in found]


async def test_an_interpreter_with_a_name_comes_and_comes_once(
    place: Place, livekit_server: LiveKitServer, tmp_path: Path
) -> None:
    named = environment(livekit_server, INTERPRETER_AGENT_NAME="voices")
    async with (
        worker(SCRIPTED, named, tmp_path) as running,
        web("--page-only", **named) as address,
    ):
        await running.wait_for("registered worker")
        async with visitor(address, place, "Lia") as lia:
            await wait_for("voices", lia)
            async with visitor(address, place, "Ben"):
                assert await dispatched(place) == ["voices"]
