"""What every test gets: no task is left behind, and the way to the shared data."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path

import pytest

from agent.config import PREFIX
from tests.integration.room import place
from tests.livekit_server import livekit_server, livekit_server_binary
from tests.whisper_base import recognizer

__all__ = ["livekit_server", "livekit_server_binary", "place", "recognizer"]

_ROOT = Path(__file__).parents[1]
_GRACE_SECONDS = 0.5
_SERVER_LOG_LINES = 60


def pytest_configure() -> None:
    """A command that a test starts hears ^C, and that its terminal is gone.

    A shell starts what it puts in the background with SIGINT ignored, ``nohup`` with SIGHUP, and a
    process hands that on to all that it starts.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(autouse=True)
async def no_leaked_tasks() -> AsyncIterator[None]:
    """Fails a test after which a task still runs."""
    before = asyncio.all_tasks()
    yield
    leaked = asyncio.all_tasks() - before - {asyncio.current_task()}
    if leaked:
        # What has been told to end may need a turn of the loop for it.
        _, leaked = await asyncio.wait(leaked, timeout=_GRACE_SECONDS)
    if leaked:
        listed = "\n".join(f"  {task.get_name()}: {task.get_coro()}" for task in leaked)
        pytest.fail(f"tasks left behind:\n{listed}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failure with a livekit-server in it shows what the server had to say."""
    report = yield
    server = getattr(item, "funcargs", {}).get("livekit_server")
    if report.failed and server is not None:
        report.sections.append(("livekit-server", server.log_tail(_SERVER_LOG_LINES)))
    return report


@pytest.fixture(scope="session")
def data() -> Path:
    """The shared test data, which is no part of the repository."""
    folder = Path(os.environ.get("INTERPRETER_DATA", _ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no test data in {folder}; set INTERPRETER_DATA to the folder that has it")
    return folder


@pytest.fixture
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """No setting comes from the developer's own environment or `.env`."""
    for name in list(os.environ):
        if name.startswith((PREFIX, "LIVEKIT_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    yield
