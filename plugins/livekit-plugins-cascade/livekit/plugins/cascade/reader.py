"""The channel between one recogniser and its translators."""

import asyncio
from collections.abc import Callable

from .types import SourceSegment


class SegmentReader:
    """Latest snapshot of each source segment, in order.

    Overflow rule: a snapshot that nobody has taken yet is replaced by the next one of the same
    segment. Snapshots are cumulative, so a slow reader skips drafts and loses no committed word,
    and at most one snapshot a segment is held.
    """

    def __init__(self, on_close: Callable[["SegmentReader"], None] | None = None) -> None:
        self._pending: dict[str, SourceSegment] = {}
        self._changed = asyncio.Event()
        self._ended = False
        self._on_close = on_close

    def put(self, snapshot: SourceSegment) -> None:
        """Offer a snapshot. Never blocks; ignored after the end."""
        if not self._ended:
            self._pending[snapshot.segment_id] = snapshot
            self._changed.set()

    def holds(self, wanted: Callable[[SourceSegment], bool]) -> bool:
        """Whether a snapshot that is ``wanted`` waits to be taken."""
        return any(map(wanted, self._pending.values()))

    async def pending(self, wanted: Callable[[SourceSegment], bool]) -> None:
        """Return when a snapshot that is ``wanted`` waits to be taken; it goes on waiting."""
        while not self.holds(wanted):
            self._changed.clear()
            await self._changed.wait()

    def end(self) -> None:
        """No more snapshots; what is pending can still be read."""
        self._ended = True
        self._changed.set()

    def close(self) -> None:
        """The reader has gone: forget what is pending and tell the source."""
        self._pending.clear()
        self.end()
        if self._on_close is not None:
            self._on_close(self)

    def __aiter__(self) -> "SegmentReader":
        return self

    async def __anext__(self) -> SourceSegment:
        while not self._pending:
            if self._ended:
                raise StopAsyncIteration
            self._changed.clear()
            await self._changed.wait()
        return self._pending.pop(next(iter(self._pending)))
