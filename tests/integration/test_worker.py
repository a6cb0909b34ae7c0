"""The worker as a process: it is dispatched, finishes what is said, and says what is wrong."""

import asyncio
import json
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from agent.provisioning import LiveKitServer
from livekit import api, rtc
from tests.fakes import tones
from tests.integration.room import Ear, Microphone, Place, ear, microphone

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

ROOT = Path(__file__).parents[2]
SCRIPTED = ("-m", "livekit.agents", "start", "tests/integration/scripted_worker.py")
LOADING = ("-m", "livekit.agents", "start", "tests/integration/loading_worker.py")
REAL = ("-m", "agent")
OTHERS = ("-m", "livekit.agents", "start", "agent/worker.py")
SENTENCE = "alpha bravo charlie over."


class Worker:
    """A running worker and what it has written."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.output = ""
        self._grown = asyncio.Event()
        self._reading = asyncio.create_task(self._read(), name="worker-output")

    async def wait_for(self, message: str) -> None:
        """Return when the worker has written ``message``."""
        async with asyncio.timeout(60):
            while message not in self.output:
                assert not self._reading.done(), f"the worker has ended:\n{self.output}"
                self._grown.clear()
                await self._grown.wait()

    async def wait_ended(self) -> int:
        """The exit status; all output has been read."""
        async with asyncio.timeout(60):
            await asyncio.shield(self._reading)
            return await self.process.wait()

    async def close(self) -> None:
        if self.process.returncode is None:
            self.process.kill()
        await self.wait_ended()
        # pytest shows it beside a failure.
        sys.stdout.write(self.output)

    async def _read(self) -> None:
        assert self.process.stdout is not None
        while line := await self.process.stdout.readline():
            self.output += line.decode()
            self._grown.set()
        self._grown.set()


@asynccontextmanager
async def worker(
    command: tuple[str, ...], environment: Mapping[str, str], folder: Path
) -> AsyncIterator[Worker]:
    """Runs with this environment and no ``.env``; files are found from the repository's root."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("LIVEKIT_", "INTERPRETER_"))
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *[str(ROOT / part) if part.endswith(".py") else part for part in command],
        cwd=folder,
        env={**kept, "PYTHONPATH": str(ROOT), **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        limit=2**20,
    )
    running = Worker(process)
    try:
        yield running
    finally:
        await running.close()


def environment(server: LiveKitServer, **changes: str) -> dict[str, str]:
    return {
        "LIVEKIT_URL": server.url,
        "LIVEKIT_API_KEY": server.api_key,
        "LIVEKIT_API_SECRET": server.api_secret,
        "INTERPRETER_TARGET_LANGUAGES": "es",
        "INTERPRETER_PORT": "0",
        **changes,
    }


def languages_told_by(identity: str, room: rtc.Room) -> str | None:
    there = room.remote_participants.get(identity)
    return there.attributes.get("interpreter.languages") if there else None


async def is_interpreted(speaker: Microphone, listener: Ear) -> None:
    """Have somebody say a sentence, and return when it has been read in Spanish."""
    await listener.wait_for(lambda: listener.audible)
    speaker.say(SENTENCE)
    expected = [tones.translate(SENTENCE, "es")]
    await listener.wait_for(lambda: listener.finals("es") == expected)


async def test_stopping_finishes_what_was_said_and_leaves_no_track(
    livekit_server: LiveKitServer, tmp_path: Path
) -> None:
    place = Place(livekit_server)
    events = tmp_path / "events.jsonl"
    settings = environment(livekit_server, INTERPRETER_EVENTS_FILE=str(events))
    async with worker(SCRIPTED, settings, tmp_path) as running:
        await running.wait_for("registered worker")
        async with (
            place.join("ana") as ana,
            place.join("listener") as listening,
            ear(listening) as listener,
            microphone(ana) as ana_speaks,
        ):
            await listener.wait_for(lambda: listener.audible)
            await listener.wait_for(lambda: languages_told_by("interpreter", listening) == "es")
            ana_speaks.say(SENTENCE)
            await listener.wait_for(lambda: any("charlie" in c.text for c in listener.captions))
            running.process.send_signal(signal.SIGTERM)
            await listener.wait_for(lambda: not listener.tracks)
            assert await running.wait_ended() == 0, running.output
            await listener.wait_for(lambda: "interpreter" not in listening.remote_participants)
            expected = tones.translate(SENTENCE, "es").split()
            await listener.wait_for(lambda: listener.heard["translation/ana/es"] == expected)
    assert "Traceback" not in running.output, running.output
    assert "never retrieved" not in running.output
    lines = [json.loads(line) for line in events.read_text().splitlines()]
    assert lines[0]["kind"] == "header"
    assert lines[0]["settings"]["target_languages"] == ["es"]
    assert livekit_server.api_secret not in events.read_text()
    assert {"source", "commit", "synthesis", "played"} <= {line["kind"] for line in lines}


async def test_several_rooms_at_once(livekit_server: LiveKitServer, tmp_path: Path) -> None:
    """Rooms that open at the same moment all get an interpreter, over the same engines."""
    places = [Place(livekit_server) for _ in range(3)]

    async def one_room(place: Place) -> None:
        async with (
            place.join("ana") as ana,
            place.join("listener") as listening,
            ear(listening) as listener,
            microphone(ana) as ana_speaks,
        ):
            await is_interpreted(ana_speaks, listener)

    async with worker(SCRIPTED, environment(livekit_server), tmp_path) as running:
        await running.wait_for("registered worker")
        async with asyncio.TaskGroup() as rooms:
            for place in places:
                rooms.create_task(one_room(place))


async def test_each_room_has_its_own_key(livekit_server: LiveKitServer, tmp_path: Path) -> None:
    place = Place(livekit_server)
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps({"another": "another key"}))
    settings = environment(livekit_server, INTERPRETER_ENCRYPTION__KEYS_FILE=str(keys))
    async with worker(SCRIPTED, settings, tmp_path) as running:
        await running.wait_for("registered worker")
        keys.write_text(json.dumps({"another": "another key", place.name: "its own"}))
        async with (
            place.join("ana", key="its own") as ana,
            place.join("listener", key="its own") as listening,
            ear(listening) as listener,
            microphone(ana) as ana_speaks,
        ):
            await is_interpreted(ana_speaks, listener)
        keys.write_text("{")
        async with Place(livekit_server).join("ben"):
            await running.wait_for("a room is not interpreted")
        running.process.send_signal(signal.SIGTERM)
        assert await running.wait_ended() == 0, running.output
    assert str(keys) in running.output
    assert "its own" not in running.output
    assert "Traceback" not in running.output, running.output


async def test_one_interpreter_a_room_however_often_it_is_dispatched(
    livekit_server: LiveKitServer, tmp_path: Path
) -> None:
    place = Place(livekit_server)
    settings = environment(livekit_server, INTERPRETER_AGENT_NAME="voices")
    access = livekit_server.url, livekit_server.api_key, livekit_server.api_secret
    async with worker(SCRIPTED, settings, tmp_path) as running, api.LiveKitAPI(*access) as server:
        await running.wait_for("registered worker")
        dispatch = api.CreateAgentDispatchRequest(agent_name="voices", room=place.name)
        async with (
            place.join("ana") as ana,
            place.join("listener") as listening,
            ear(listening) as listener,
            microphone(ana) as ana_speaks,
        ):
            await server.agent_dispatch.create_dispatch(dispatch)
            await listener.wait_for(lambda: listener.audible)
            await server.agent_dispatch.create_dispatch(dispatch)
            await running.wait_for("the room has an interpreter already")
            assert set(listening.remote_participants) == {"ana", "voices"}
            await is_interpreted(ana_speaks, listener)


async def test_health_and_metrics_are_served_on_loopback(
    livekit_server: LiveKitServer, tmp_path: Path
) -> None:
    settings = environment(livekit_server, INTERPRETER_METRICS_PORT="0")
    async with worker(SCRIPTED, settings, tmp_path) as running:
        await running.wait_for("registered worker")
        health = re.search(r"listening on (127\.0\.0\.1:\d+)", running.output)
        metrics = re.search(r"exposed at http://(127\.0\.0\.1:\d+)/metrics", running.output)
        assert health and metrics, running.output
        async with aiohttp.ClientSession() as client:
            async with client.get(f"http://{health[1]}/") as answer:
                assert await answer.text() == "OK"
            async with client.get(f"http://{metrics[1]}/metrics") as answer:
                assert "interpreter_ear_voice_span_seconds" in await answer.text()


def resident_megabytes(process: int) -> float:
    status = Path(f"/proc/{process}/status").read_text()
    (kilobytes,) = re.findall(r"VmRSS:\s+(\d+) kB", status)
    return int(kilobytes) / 1000


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_no_model_is_loaded_that_nothing_asks_for(
    livekit_server: LiveKitServer, tmp_path: Path
) -> None:
    async with worker(SCRIPTED, environment(livekit_server), tmp_path) as running:
        await running.wait_for("job runner initialized")
        assert resident_megabytes(running.process.pid) < 300


@pytest.mark.parametrize(
    ("command", "changes", "expected"),
    [
        (REAL, {"LIVEKIT_URL": ""}, ["LIVEKIT_URL", ".env.example"]),
        (REAL, {"LIVEKIT_URL": "ws://127.0.0.1:9"}, ["LIVEKIT_URL", "127.0.0.1:9", "start it"]),
        (REAL, {"LIVEKIT_API_SECRET": "x" * 40}, ["LIVEKIT_API_KEY, LIVEKIT_API_SECRET"]),
        (REAL, {"INTERPRETER_TTS": "cocoro"}, ["INTERPRETER_TTS", "kokoro"]),
        (REAL, {"INTERPRETER_TARGET_LANGUAGES": "de"}, ["TARGET_LANGUAGES: de", "en, es, fr"]),
        (OTHERS, {"LIVEKIT_API_SECRET": "x" * 40}, ["LIVEKIT_API_KEY, LIVEKIT_API_SECRET"]),
        (OTHERS, {"INTERPRETER_TARGETS": "es"}, ["INTERPRETER_TARGETS", "no such setting"]),
        (SCRIPTED, {"INTERPRETER_EVENTS_FILE": "/proc/x/e"}, ["INTERPRETER_EVENTS_FILE"]),
        (SCRIPTED, {"INTERPRETER_ENCRYPTION__KEYS_FILE": "/none"}, ["KEYS_FILE: /none"]),
    ],
    ids=[
        "no-url",
        "unreachable",
        "wrong-key",
        "bad-value",
        "no-voice",
        "wrong-key-2",
        "typo",
        "unwritable",
        "no-keys",
    ],
)
async def test_what_is_wrong_is_said_with_the_fix(
    command: tuple[str, ...],
    changes: dict[str, str],
    expected: list[str],
    livekit_server: LiveKitServer,
    tmp_path: Path,
) -> None:
    settings = environment(livekit_server, INTERPRETER_WORKER__CONNECT_SECONDS="0", **changes)
    async with worker(command, settings, tmp_path) as running:
        assert await running.wait_ended() == 1, running.output
    for text in expected:
        assert text in running.output
    assert "Traceback" not in running.output
    assert "loading" not in running.output


async def test_a_port_that_is_taken_is_named(livekit_server: LiveKitServer, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        settings = environment(livekit_server, INTERPRETER_PORT=port)
        async with worker(SCRIPTED, settings, tmp_path) as running:
            assert await running.wait_ended() == 1, running.output
    assert "INTERPRETER_PORT" in running.output
    assert "Traceback" not in running.output


async def test_stopping_while_models_load(livekit_server: LiveKitServer, tmp_path: Path) -> None:
    async with worker(LOADING, environment(livekit_server), tmp_path) as running:
        await running.wait_for("loading a very large model")
        running.process.send_signal(signal.SIGTERM)
        assert await running.wait_ended() == 0, running.output
    assert "Traceback" not in running.output
