"""A worker where the environment names proxies, with a livekit-server that none of them reaches."""

import asyncio
from pathlib import Path

import pytest

from agent.provisioning import LiveKitServer
from tests.integration.room import Place, ear, microphone
from tests.integration.test_worker import SCRIPTED, environment, is_interpreted, worker

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

NOBODY = "http://127.0.0.1:9"


async def test_a_room_on_this_machine_is_interpreted(
    livekit_server: LiveKitServer, place: Place, tmp_path: Path
) -> None:
    settings = environment(livekit_server, HTTPS_PROXY=NOBODY, HTTP_PROXY=NOBODY, http_proxy=NOBODY)
    async with worker(SCRIPTED, settings, tmp_path) as running:
        await running.wait_for("registered worker")
        async with (
            place.join("ana") as ana,
            place.join("listener") as listener,
            ear(listener) as heard,
            microphone(ana) as speaker,
        ):
            async with asyncio.timeout(60):
                await is_interpreted(speaker, heard)
