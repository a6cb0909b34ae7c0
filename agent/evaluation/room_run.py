"""One run through a real livekit-server: speaker, worker and listeners in processes of their own.

The demo's command does it, so that what is measured is what people run.
"""

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

from .emissions import (
    LOG_NAME,
    EmissionsLog,
    EmissionsWriter,
    End,
    Header,
    Line,
    Listener,
    read_log,
)
from .replay import Replay, recognised
from .systems import Engines

_OUTPUT_NAME = "demo.log"
_SHOWN_LINES = 5
_TICK_SECONDS = 0.5


class RoomRunError(ValueError):
    """The demo did not end well; says what it said last."""


def interpret_in_room(run: Replay, engines: Callable[[], Engines]) -> None:
    """Interpret a clip in a room and write its log, recordings and captions into ``run.folder``.

    The worker loads models of its own, as its settings say; ``engines`` only recognise what was
    heard.

    Raises:
        RoomRunError: it could not be interpreted.
        APIError: the recogniser of the output failed.
    """
    run.folder.mkdir(parents=True, exist_ok=True)
    (run.folder / LOG_NAME).unlink(missing_ok=True)
    with _ticking(run.progress):
        _run_demo(run)
    log = read_log(run.folder)
    with EmissionsWriter(run.folder / LOG_NAME) as writer:
        _complete(run, log, writer)
        if run.recognise:
            asyncio.run(_recognise(run, log, writer, engines))
        writer.line(End())


def _run_demo(run: Replay) -> None:
    command = [sys.executable, "-m", "agent.demo", "--output", str(run.folder)]
    command += ["--audio", str(run.clip.path), "--source", run.clip.language]
    command += ["--targets", ",".join(run.targets)]
    said = run.folder / _OUTPUT_NAME
    with said.open("w", encoding="utf-8") as output:
        status = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, check=False
        ).returncode
    if status != 0 or not (run.folder / LOG_NAME).exists():
        last = said.read_text(encoding="utf-8").strip().splitlines()[-_SHOWN_LINES:]
        raise RoomRunError("\n".join([f"the demo ended with status {status}; see {said}", *last]))


def _complete(run: Replay, log: EmissionsLog, writer: EmissionsWriter) -> None:
    """Write the demo's log again, with a header that tells the material and the models."""
    lines: list[Line] = [run.header, *run.offline]
    lines += [line for line in log.lines if not isinstance(line, Header)]
    for line in lines:
        writer.line(line)


async def _recognise(
    run: Replay, log: EmissionsLog, writer: EmissionsWriter, engines: Callable[[], Engines]
) -> None:
    made = engines()
    for ear in log.of(Listener):
        if ear.file:
            path = run.folder / ear.file
            writer.line(await recognised(path, ear.language, ear.stream, made))


@contextmanager
def _ticking(progress: Callable[[float], None]) -> Iterator[None]:
    """Tell ``progress`` the seconds that have passed: the room tells nothing."""
    ended = Event()

    def tick() -> None:
        seconds = 0.0
        while not ended.wait(_TICK_SECONDS):
            seconds += _TICK_SECONDS
            progress(seconds)

    thread = Thread(target=tick, name="room.progress")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
