"""Rooms get an interpreter whenever they opened, and keep one while any worker is there."""

import asyncio
import signal
from pathlib import Path

import pytest

from agent.provisioning import LiveKitServer
from livekit import api
from tests.integration.room import Place, ear, microphone
from tests.integration.test_worker import (
    SCRIPTED,
    environment,
    is_interpreted,
    worker,
)

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

OFTEN = {"INTERPRETER_WORKER__PATROL_SECONDS": "0.5"}


@pytest.mark.parametrize("name", ["", "interpreter-of-hall-1"])
async def test_a_room_that_was_open_before_the_worker_is_interpreted(
    livekit_server: LiveKitServer, tmp_path: Path, name: str
) -> None:
    place = Place(livekit_server)
    settings = environment(livekit_server, INTERPRETER_AGENT_NAME=name, **OFTEN)
    async with (
        place.join("ana") as ana,
        place.join("listener") as listening,
        ear(listening) as listener,
        microphone(ana) as ana_speaks,
    ):
        if name:
            async with place.access() as server:
                wanted = api.CreateAgentDispatchRequest(agent_name=name, room=place.name)
                await server.agent_dispatch.create_dispatch(wanted)
        async with worker(SCRIPTED, settings, tmp_path):
            await is_interpreted(ana_speaks, listener)


async def test_another_worker_takes_over_from_one_that_stops(
    livekit_server: LiveKitServer, tmp_path: Path
) -> None:
    place = Place(livekit_server)
    settings = environment(livekit_server, **OFTEN)
    async with (
        worker(SCRIPTED, settings, tmp_path) as first,
        place.join("listener") as listening,
        ear(listening) as listener,
    ):
        await first.wait_for("registered worker")
        async with place.join("ana") as ana, microphone(ana) as ana_speaks:
            await is_interpreted(ana_speaks, listener)
            async with worker(SCRIPTED, settings, tmp_path) as second:
                await second.wait_for("registered worker")
                first.process.send_signal(signal.SIGTERM)
                await listener.wait_for(lambda: not listener.tracks)
                listener.captions.clear()
                await is_interpreted(ana_speaks, listener)


async def test_a_room_that_sends_the_interpreter_away_is_left_alone(
    livekit_server: LiveKitServer, tmp_path: Path
) -> None:
    place = Place(livekit_server)
    settings = environment(livekit_server, INTERPRETER_WORKER__PATROL_SECONDS="0")
    async with worker(SCRIPTED, settings, tmp_path) as running:
        await running.wait_for("registered worker")
        async with (
            place.join("ana") as ana,
            place.join("listener") as listening,
            ear(listening) as listener,
            microphone(ana),
            place.access() as server,
        ):
            await listener.wait_for(lambda: listener.tracks)
            interpreter = api.RoomParticipantIdentity(room=place.name, identity="interpreter")
            await server.room.remove_participant(interpreter)
            async with asyncio.timeout(20):
                while await server.agent_dispatch.list_dispatch(place.name):  # noqa: ASYNC110
                    await asyncio.sleep(0.05)


async def test_a_person_with_the_interpreter_s_identity_keeps_nobody_from_being_interpreted(
    livekit_server: LiveKitServer, tmp_path: Path
) -> None:
    """Somebody who interprets by themselves, say, whether they come first or later."""
    place = Place(livekit_server)
    settings = environment(livekit_server, **OFTEN)
    async with worker(SCRIPTED, settings, tmp_path) as running:
        # A room that opened before is one of those that wait, for longer after each vain attempt.
        await running.wait_for("registered worker")
        async with (
            place.join("ana") as ana,
            place.join("listener") as listening,
            ear(listening) as listener,
            microphone(ana) as ana_speaks,
        ):
            await listener.wait_for(lambda: listener.audible)
            async with place.join("interpreter"):
                await listener.wait_for(lambda: "interpreter~2" in listening.remote_participants)
                await is_interpreted(ana_speaks, listener)
                assert "interpreter" in listening.remote_participants
