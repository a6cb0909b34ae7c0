"""Captions in the terminal while they come."""

from __future__ import annotations

from typing import Self

from rich.console import Console, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from .captions import CaptionBoard, CaptionUpdate
from .progress import RunProgress

_SHOWN_CHARACTERS = 240


class CaptionView:
    """Finished sentences scroll by; below them stands what is being said, and how far behind.

    On something that is no terminal there are only the finished sentences, a line each.
    """

    def __init__(
        self,
        console: Console,
        board: CaptionBoard,
        progress: RunProgress,
        *,
        source: str,
        targets: tuple[str, ...],
    ) -> None:
        self._console = console
        self._board = board
        self._progress = progress
        self._source = source
        self._targets = targets
        self._unheard: list[CaptionUpdate] = []
        self._live = Live(
            get_renderable=self._open_captions,
            console=console,
            refresh_per_second=5,
            transient=True,
        )

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def show(self, update: CaptionUpdate) -> None:
        """Take a caption in. A translation's sentence is printed once it has been heard."""
        if not self._board.add(update) or not update.final or not update.text:
            return
        if update.language == self._source:
            self._print(update, lag=None)
        else:
            self._unheard.append(update)

    def refresh(self) -> None:
        """Print the translated sentences that have been heard meanwhile."""
        for update in tuple(self._unheard):
            if self._progress.is_spoken(update.language, update.source_segment_id):
                self._unheard.remove(update)
                lag = self._progress.segment_lag(update.language, update.source_segment_id)
                self._print(update, lag)

    def _print(self, update: CaptionUpdate, lag: float | None) -> None:
        self._console.print(
            Text.assemble(self._name(update.language), _behind(lag), update.text), soft_wrap=True
        )

    def _name(self, language: str) -> tuple[str, str]:
        return f"{language:>5} ", "bold" if language == self._source else "bold cyan"

    def _open_captions(self) -> RenderableType:
        table = Table.grid(padding=(0, 1))
        for language in (self._source, *self._targets):
            text = self._board.open_text(language)[-_SHOWN_CHARACTERS:]
            heading = Text.assemble(self._name(language), _behind(self._progress.lag.get(language)))
            table.add_row(heading, Text(text, style="italic"))
        return table


def _behind(lag: float | None) -> tuple[str, str]:
    return f"{'' if lag is None else f'{lag:.1f} s behind':<14} ", "dim"
