"""Running another program while showing that it is alive."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

_OWNED = Path(__file__).with_name("owned.py")
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

    It never outlives this process, nor ^C or a failure of `on_poll`, with all that it starts.

    Raises:
        CommandFailed: It could not be started, or its exit status is not 0.
    """
    # Only handed on to the child; nothing is read from it here.
    environment = {**os.environ, **(extra_environment or {})}  # noqa: TID251
    with tempfile.TemporaryFile() as output:
        with subprocess.Popen(
            [sys.executable, "-I", _OWNED, *command],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            # What is ended is a whole group; this process stays out of it.
            start_new_session=True,
        ) as process:
            _wait(process, on_poll)
        if process.returncode != 0:
            output.seek(0)
            raise CommandFailed(what_failed(output.read().decode(errors="replace")))


def _wait(process: subprocess.Popen[bytes], on_poll: Callable[[], None]) -> None:
    assert process.stdin is not None
    try:
        while process.poll() is None:
            on_poll()
            with suppress(subprocess.TimeoutExpired):
                process.wait(_POLL_SECONDS)
    except BaseException:  # ^C, or on_poll failed: the child must not outlive its owner
        process.stdin.close()
        process.wait()
        raise


def what_failed(output: str) -> str:
    """The lines of a program's output that say what went wrong: those marked, else the last."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    marked = [line for line in lines if line.lower().startswith(("error", "npm error", "npm err!"))]
    return "; ".join((marked or lines)[-_SHOWN_LINES:]) or "it said nothing"
