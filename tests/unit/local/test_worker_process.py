"""The worker's process: ready, ended, stopped with all its children. A script stands in for it."""

import asyncio
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.local.errors import LocalRunError
from agent.local.worker_process import WorkerProcess, message_of
from tests.logs import told

pytestmark = pytest.mark.unit

_READY = "print('loading a model'); print('{\"message\": \"registered worker\"}', flush=True)\n"
_WAIT = "import signal; signal.pause()\n"
_CHILD = (
    "import subprocess, sys, signal\n"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "child = subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()'])\n"
    "print('child', child.pid, flush=True)\n"
)
Start = Callable[..., WorkerProcess]


@pytest.fixture
def start(tmp_path: Path) -> Start:
    def start(script: str, **options: object) -> WorkerProcess:
        command = (sys.executable, "-u", "-c", script)
        return WorkerProcess({}, tmp_path / "worker.log", command=command, **options)  # type: ignore[arg-type]

    return start


async def test_is_ready_once_registered_and_its_log_is_kept(start: Start, tmp_path: Path) -> None:
    said: list[str] = []
    async with start(_READY + _WAIT, on_line=said.append) as worker:
        await worker.wait_registered(10)
    assert said == ["loading a model", "registered worker"]
    assert (tmp_path / "worker.log").read_text().startswith("loading a model\n")


async def test_an_end_before_that_tells_the_reason(start: Start) -> None:
    script = "print('INTERPRETER_TTS: there is no such engine'); raise SystemExit(3)"
    async with start(script) as worker:
        with pytest.raises(LocalRunError, match="exit status 3(?s:.*)no such engine"):
            await worker.wait_registered(10)


async def test_one_that_is_never_ready_is_not_waited_for(start: Start) -> None:
    async with start(_WAIT) as worker:
        with pytest.raises(LocalRunError, match="not ready after 0 s"):
            await worker.wait_registered(0.2)


async def test_one_that_ignores_sigterm_is_killed_with_its_children(start: Start) -> None:
    said: list[str] = []
    async with start(_CHILD + _READY + _WAIT, on_line=said.append, stop_seconds=0.3) as worker:
        await worker.wait_registered(10)
    child = int(said[0].split()[1])
    assert await asyncio.to_thread(_is_gone, child)


async def test_a_blocked_event_loop_is_counted(start: Start) -> None:
    script = 'print(\'{"message": "event loop blocked for 132ms at x"}\')\n' + _READY + _WAIT
    async with start(script) as worker:
        await worker.wait_registered(10)
    assert worker.blocked == 1


def test_message_of_a_line() -> None:
    assert message_of('{"message": "a", "level": "INFO"}') == "a"
    assert message_of('{"message": "a", "exc_info": "Traceback"}') == "a\nTraceback"
    assert message_of("plain") == "plain"
    assert message_of("{broken") == "{broken"


def _is_gone(pid: int) -> bool:
    """Whether a process ends within five seconds."""
    deadline = time.monotonic() + 5
    while _runs(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not _runs(pid)


def _runs(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits for its parent does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/status")
    return not status.exists() or "State:\tZ" not in status.read_text()


@pytest.mark.parametrize("name", ["/dev/full", "no/such/folder/worker.log"])
async def test_a_log_that_cannot_be_written_is_said_once_and_stops_nothing(
    name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    said: list[str] = []
    command = (sys.executable, "-u", "-c", _READY + _WAIT)
    async with WorkerProcess(
        {}, tmp_path / name, command=command, on_line=said.append, stop_seconds=5
    ) as worker:
        await worker.wait_registered(10)
    assert said == ["loading a model", "registered worker"]
    (line,) = [record.getMessage() for record in told(caplog) if record.levelname == "ERROR"]
    assert line.startswith(f"{tmp_path / name} is not complete: it cannot be written (")
