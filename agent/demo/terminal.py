"""Captions in the terminal while they come."""

from __future__ import annotations

from types import TracebackType
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

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._live.stop()

    def show(self, update: CaptionUpdate) -> None:
        """Take a caption in."""
        if self._board.add(update) and update.final and update.text:
            self._console.print(self._line(update), soft_wrap=True)

    def _line(self, update: CaptionUpdate) -> Text:
        return Text.assemble(*self._heading(update.language), update.text)

    def _heading(self, language: str) -> tuple[tuple[str, str], tuple[str, str]]:
        colour = "bold" if language == self._source else "bold cyan"
        lag = self._progress.lag.get(language)
        behind = "" if lag is None or language == self._source else f"{lag:.1f} s behind"
        return (f"{language:>5} ", colour), (f"{behind:<14}", "dim")

    def _open_captions(self) -> RenderableType:
        table = Table.grid(padding=(0, 1))
        for language in (self._source, *self._targets):
            text = self._board.open_text(language)[-_SHOWN_CHARACTERS:]
            table.add_row(Text.assemble(*self._heading(language)), Text(text, style="italic"))
        return table
