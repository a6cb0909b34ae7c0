"""Running another program while showing that it is alive."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

_POLL_SECONDS = 0.25
_SHOWN_LINES = 4


class CommandFailed(RuntimeError):
    """A program was absent or ended with an error; the text is the end of what it said."""


def run_watched(
    command: Sequence[str | Path],
    *,
    on_poll: Callable[[], None],
    extra_environment: Mapping[str, str] | None = None,
) -> None:
    """Run a program to its end, calling `on_poll` several times a second.

    Raises:
        CommandFailed: It could not be started, or its exit status is not 0.
    """
    # Only handed on to the child; nothing is read from it here.
    environment = {**os.environ, **(extra_environment or {})}  # noqa: TID251
    with tempfile.TemporaryFile() as output:
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
            )
        except OSError as error:
            raise CommandFailed(f"{command[0]} cannot be run ({error.strerror})") from None
        _wait(process, on_poll)
        if process.returncode != 0:
            output.seek(0)
            raise CommandFailed(what_failed(output.read().decode(errors="replace")))


def _wait(process: subprocess.Popen[bytes], on_poll: Callable[[], None]) -> None:
    try:
        while process.poll() is None:
            on_poll()
            try:
                process.wait(_POLL_SECONDS)
            except subprocess.TimeoutExpired:
                continue
    except BaseException:  # ^C, or on_poll failed: the child must not outlive its owner
        process.kill()
        process.wait()
        raise


def what_failed(output: str) -> str:
    """The lines of a program's output that say what went wrong: those marked, else the last."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    marked = [line for line in lines if line.lower().startswith(("error", "npm error", "npm err!"))]
    return "; ".join((marked or lines)[-_SHOWN_LINES:]) or "it said nothing"
