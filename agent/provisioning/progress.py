"""Showing how far a long step has come: a bar, plain lines, or a log."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TransferSpeedColumn,
)
from rich.progress import Progress as RichBar

_PLAIN_INTERVAL_SECONDS = 10.0

_LONG_BYTES = 10_000_000
_LONG_SECONDS = 1.0
"""What is below both is over before its line is read."""


class Task(Protocol):
    """One step under way."""

    def update(self, done: int) -> None:
        """`done` bytes of the step's total are there; call it without change to show life."""
        ...


class Progress(Protocol):
    """What long work reports to."""

    def note(self, message: str) -> None:
        """Say one thing, once."""
        ...

    def task(self, description: str, total: int | None) -> AbstractContextManager[Task]:
        """Open a step of `total` bytes, or of unknown length with None."""
        ...


class PlainProgress:
    """Lines for a terminal that is none, or for a log.

    Args:
        write: Takes one line, without its end.
        interval: Seconds between two lines of one step.
        clock: Seconds; only differences are used.
    """

    def __init__(
        self,
        write: Callable[[str], object],
        *,
        interval: float = _PLAIN_INTERVAL_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._write = write
        self._interval = interval
        self._clock = clock

    def note(self, message: str) -> None:
        self._write(message)

    @contextmanager
    def task(self, description: str, total: int | None) -> Iterator[Task]:
        if total is None or total >= _LONG_BYTES:
            size = "" if total is None else f" ({megabytes(total)})"
            self._write(f"{description}{size} …")
        started = self._clock()
        yield _PlainTask(self._write, description, total, self._interval, self._clock)
        _note_done(self, description, self._clock() - started)


class _PlainTask:
    def __init__(
        self,
        write: Callable[[str], object],
        description: str,
        total: int | None,
        interval: float,
        clock: Callable[[], float],
    ) -> None:
        self._write = write
        self._description = description
        self._total = total
        self._interval = interval
        self._clock = clock
        self._started = self._said = clock()

    def update(self, done: int) -> None:
        now = self._clock()
        if now - self._said < self._interval:
            return
        self._said = now
        self._write(f"{self._description}: {self._state(done, now - self._started)}")

    def _state(self, done: int, elapsed: float) -> str:
        if self._total is None:
            return f"still at it after {elapsed:.0f} s"
        return f"{megabytes(done)} of {megabytes(self._total)}"


class RichProgress:
    """A bar for each step; what is done leaves one line."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def note(self, message: str) -> None:
        say(self._console, message)

    @contextmanager
    def task(self, description: str, total: int | None) -> Iterator[Task]:
        started = time.monotonic()
        with self._bar(total) as bar:
            yield _RichTask(bar, description, total)
        _note_done(self, description, time.monotonic() - started)

    def _bar(self, total: int | None) -> RichBar:
        text = TextColumn("{task.description}", markup=False)
        if total is None:
            columns = (SpinnerColumn(), text, TimeElapsedColumn())
            return RichBar(*columns, console=self._console, transient=True)
        sizes = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeElapsedColumn())
        return RichBar(text, *sizes, console=self._console, transient=True)


class _RichTask:
    def __init__(self, bar: RichBar, description: str, total: int | None) -> None:
        self._bar = bar
        self._id = bar.add_task(description, total=total)

    def update(self, done: int) -> None:
        self._bar.update(self._id, completed=done)


def _note_done(progress: Progress, description: str, seconds: float) -> None:
    if seconds >= _LONG_SECONDS:
        progress.note(f"{description}: done in {seconds:.0f} s")


def console_progress(console: Console) -> Progress:
    """Bars on a terminal, plain lines elsewhere."""
    if console.is_terminal:
        return RichProgress(console)
    return PlainProgress(lambda line: say(console, line))


def say(console: Console, message: str) -> None:
    """Print text as it is: paths and addresses are not broken over lines."""
    console.print(message, markup=False, highlight=False, soft_wrap=True)


def megabytes(count: int) -> str:
    """`count` bytes as text, in decimal megabytes."""
    return f"{count / 1e6:,.1f} MB" if count < 10e6 else f"{count / 1e6:,.0f} MB"
