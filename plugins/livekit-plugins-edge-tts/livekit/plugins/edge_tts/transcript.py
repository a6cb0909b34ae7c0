"""Which piece of the text is spoken when. Pure."""

from dataclasses import dataclass

from livekit.agents.types import TimedString

_TICKS_PER_SECOND = 10_000_000


@dataclass(frozen=True, slots=True)
class Boundary:
    """One spoken word or sentence as the service reports it; times in 100 ns ticks."""

    text: str
    offset: int
    duration: int


class Aligner:
    """Turns boundaries into consecutive pieces of the original text.

    The service leaves out spaces and punctuation. Here each piece reaches up to the next one, so
    that joined together they are the text. A piece is therefore known with the next boundary.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._start = 0
        self._cursor = 0
        self._pending: Boundary | None = None

    def push(self, boundary: Boundary) -> list[TimedString]:
        """Pieces that are complete now. A boundary that is not in the text adds nothing."""
        found = self._text.find(boundary.text, self._cursor) if boundary.text else -1
        if found < 0:
            return []
        pieces = self._piece(found)
        self._pending = boundary
        self._cursor = found + len(boundary.text)
        return pieces

    def finish(self) -> list[TimedString]:
        """The last piece: all that is left of the text."""
        return self._piece(len(self._text))

    def _piece(self, end: int) -> list[TimedString]:
        if self._pending is None:
            return []
        boundary = self._pending
        piece = TimedString(
            self._text[self._start : end],
            start_time=boundary.offset / _TICKS_PER_SECOND,
            end_time=(boundary.offset + boundary.duration) / _TICKS_PER_SECOND,
        )
        self._start, self._pending = end, None
        return [piece]
