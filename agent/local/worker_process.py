"""The worker as a process of its own, watched from its first line of log to its end."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO, Self

from .errors import LocalRunError

logger = logging.getLogger("interpreter.local")

# Loading the models takes seconds; on a machine without a model it is fetched before.
REGISTRATION_SECONDS = 180.0
LOADING = "loading "
"""What a message of the worker's log begins with that tells of its models."""
COMMAND = (sys.executable, "-m", "agent", "start")
_REGISTERED = "registered worker"
_BLOCKED = "event loop blocked"
_TAIL_LINES = 12
# A line of the log may hold a traceback as JSON.
_LINE_LIMIT = 2**20


class WorkerProcess:
    """Runs the worker; an asynchronous context manager that ends its whole process group.

    Args:
        environment: added to this process's own.
        log: file that takes everything the worker writes.
        on_line: told every message of the log.
        stop_seconds: how long it may take to close its rooms after SIGTERM.
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        log: Path,
        *,
        command: Sequence[str] = COMMAND,
        on_line: Callable[[str], None] = lambda line: None,
        stop_seconds: float = 20.0,
    ) -> None:
        self._environment = environment
        self._log = log
        self._command = command
        self._on_line = on_line
        self._stop_seconds = stop_seconds
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._registered = asyncio.Event()
        self._tail: deque[str] = deque(maxlen=_TAIL_LINES)
        self.blocked = 0
        """How often the worker's event loop stood still for longer than its threshold."""

    async def __aenter__(self) -> Self:
        # A session of its own: ^C in the terminal reaches only its owner, which then closes the
        # worker in order, and one signal reaches all that the worker started.
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            # Only handed on to the child; nothing is read from it here.
            env={**os.environ, **self._environment},  # noqa: TID251
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            limit=_LINE_LIMIT,
        )
        self._reading = asyncio.create_task(self._read(self._process), name="worker-log")
        return self

    async def __aexit__(self, *_: object) -> None:
        process, reading = self._process, self._reading
        if process is None or reading is None:
            return
        try:
            _signal_group(process.pid, signal.SIGTERM)
            await asyncio.wait_for(process.wait(), self._stop_seconds)
        except TimeoutError:
            self._on_line("the worker did not end in time and is killed")
        finally:
            _signal_group(process.pid, signal.SIGKILL)
            await process.wait()
            # Ends when the last process that writes into the log has ended.
            await reading

    async def wait_registered(self, timeout: float) -> None:
        """Return when the server has accepted the worker.

        Raises:
            LocalRunError: it ended, or took longer than `timeout` seconds.
        """
        registered = asyncio.create_task(self._registered.wait())
        ended = asyncio.create_task(self.wait_ended())
        try:
            done, _ = await asyncio.wait(
                (registered, ended), timeout=timeout, return_when=asyncio.FIRST_COMPLETED
            )
            if ended in done:
                ended.result()
            if not done:
                raise LocalRunError(
                    f"the worker was not ready after {timeout:.0f} s.{self._said()}"
                )
        finally:
            await _cancel(registered, ended)

    async def wait_ended(self) -> None:
        """Wait for the end that must not come.

        Raises:
            LocalRunError: the worker ended; with the end of its log.
        """
        assert self._process is not None and self._reading is not None
        code = await self._process.wait()
        await asyncio.shield(self._reading)
        raise LocalRunError(f"the worker ended with exit status {code}.{self._said()}")

    def _said(self) -> str:
        lines = "\n".join(f"  {line}" for line in self._tail)
        return f" The end of its log, {self._log}:\n{lines}"

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        with _LogFile(self._log) as log:
            while line := await _next_line(process.stdout):
                log.write(line)
                self._take(line)

    def _take(self, line: bytes) -> None:
        text = line.decode(errors="replace").rstrip()
        if not text:
            return
        message = message_of(text)
        self._tail.append(message)
        if _REGISTERED in message:
            self._registered.set()
        if _BLOCKED in message:
            self.blocked += 1
        self._on_line(message)


class _LogFile(ExitStack):
    """A file of lines. One that cannot be written is said once and stops nothing."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._file: IO[bytes] | None = None
        self._failed = False
        try:
            # Without a buffer, which could not be emptied at the end either.
            self._file = self.enter_context(path.open("wb", buffering=0))
        except OSError as error:
            self._say(error)

    def write(self, line: bytes) -> None:
        try:
            if self._file is not None:
                self._file.write(line)
        except OSError as error:
            self._say(error)

    def _say(self, error: OSError) -> None:
        if not self._failed:
            logger.error(
                "%s is not complete: it cannot be written (%s)", self._path, error.strerror
            )
        self._failed = True


async def _next_line(stream: asyncio.StreamReader) -> bytes:
    """One line; one that is longer than the limit comes in pieces."""
    try:
        return await stream.readline()
    except ValueError:
        return await stream.read(_LINE_LIMIT)


def message_of(line: str) -> str:
    """What a line of log says: the message of a JSON record, with its error, or the line."""
    if not line.startswith("{"):
        return line
    with suppress(json.JSONDecodeError):
        record = json.loads(line)
        parts = (record.get("message", line), record.get("exc_info", ""))
        return "\n".join(str(part) for part in parts if part)
    return line


async def _cancel(*tasks: asyncio.Task[bool] | asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _signal_group(group: int, number: signal.Signals) -> None:
    # The leader's process id is the group's; the group may be gone already.
    with suppress(ProcessLookupError):
        os.killpg(group, number)
