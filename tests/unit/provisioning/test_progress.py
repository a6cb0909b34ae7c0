"""Progress in plain lines, and as bars."""

import io
import sys
from pathlib import Path

import pytest
from rich.console import Console

from agent.provisioning import PlainProgress, console_progress
from agent.provisioning.commands import CommandFailed, run_watched, what_failed
from agent.provisioning.progress import RichProgress

pytestmark = pytest.mark.unit


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_plain_lines_come_at_an_interval() -> None:
    lines: list[str] = []
    clock = Clock()
    with PlainProgress(lines.append, interval=10, clock=clock).task("fetching", 50_000_000) as task:
        for second in range(25):
            clock.now = second
            task.update(second * 2_000_000)
    assert lines == [
        "fetching (50 MB) …",
        "fetching: 20 MB of 50 MB",
        "fetching: 40 MB of 50 MB",
        "fetching: done in 24 s",
    ]


def test_unknown_length_shows_life() -> None:
    lines: list[str] = []
    clock = Clock()
    with PlainProgress(lines.append, interval=10, clock=clock).task("building", None) as task:
        clock.now = 11
        task.update(0)
    assert lines == ["building …", "building: still at it after 11 s", "building: done in 11 s"]


def test_short_steps_are_silent_and_failed_ones_not_done() -> None:
    lines: list[str] = []
    with PlainProgress(lines.append).task("small", 100):
        pass
    with pytest.raises(ValueError), PlainProgress(lines.append).task("large", 50_000_000):
        raise ValueError
    assert lines == ["large (50 MB) …"]


@pytest.mark.parametrize("total", [None, 20_000_000])
def test_a_terminal_gets_a_bar(total: int | None) -> None:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=100)
    progress = console_progress(console)
    assert isinstance(progress, RichProgress)
    with progress.task("fetching [x]", total) as task:
        task.update(10_000_000)
    assert "fetching [x]" in screen.getvalue()


def test_no_terminal_gets_unbroken_lines() -> None:
    screen = io.StringIO()
    console_progress(Console(file=screen, width=20)).note("a/long/path/" * 5)
    assert screen.getvalue() == "a/long/path/" * 5 + "\n"


def test_a_command_says_why_it_failed_and_polls() -> None:
    polls: list[int] = []
    script = "import sys; print('working'); print('ERROR: no such thing'); sys.exit(3)"
    with pytest.raises(CommandFailed, match=r"^ERROR: no such thing$"):
        run_watched([sys.executable, "-c", script], on_poll=lambda: polls.append(1))
    assert polls


def test_a_failing_watcher_ends_the_command(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    script = (
        "import os, pathlib, sys, time;"
        "pathlib.Path(sys.argv[1]).write_text(str(os.getpid())); time.sleep(60)"
    )

    def stop_when_started() -> None:
        if pid_file.exists() and pid_file.read_text():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_watched([sys.executable, "-c", script, pid_file], on_poll=stop_when_started)
    assert not Path(f"/proc/{pid_file.read_text()}").exists()


def test_without_marked_lines_the_last_are_shown() -> None:
    assert what_failed("a\nb\n\nc\nd\ne\n") == "b; c; d; e"
    assert what_failed("") == "it said nothing"
