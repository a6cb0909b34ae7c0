"""Translated text that waits for a voice. Pure."""

from collections import deque
from dataclasses import dataclass, field

from .chunker import ChunkerOptions, next_chunk
from .text import ends_clause, ends_sentence, is_speakable, split_units


@dataclass(frozen=True, slots=True)
class SpeechChunk:
    """Text for one synthesis, and the span of source media time it translates."""

    text: str
    segment_id: str
    source_start: float
    source_end: float


@dataclass(slots=True)
class _Segment:
    segment_id: str
    source_start: float
    # Where in the text (characters said and waiting) which source time has been translated.
    marks: list[tuple[int, float]] = field(default_factory=list)
    text: str = ""
    said: int = 0
    complete: bool = False
    paused: bool = False

    @property
    def pending(self) -> str:
        return self.text[self.said :]

    def source_time(self, position: int) -> float:
        return next((t for end, t in self.marks if end >= position), self.source_start)


class SpeechQueue:
    """Committed text by segment, given out in order and never twice."""

    def __init__(self, *, language: str, options: ChunkerOptions | None = None) -> None:
        self._language = language
        self._options = options or ChunkerOptions()
        self._segments: deque[_Segment] = deque()

    @property
    def pending_characters(self) -> int:
        return sum(len(segment.pending) for segment in self._segments)

    def has_text(self, segment_id: str) -> bool:
        """Whether something of the segment is still to be said."""
        return any(
            segment.segment_id == segment_id and is_speakable(segment.pending)
            for segment in self._segments
        )

    def add(self, segment_id: str, text: str, *, source_start: float, source_end: float) -> None:
        """Append committed text. ``source_*`` are media times of the words it translates."""
        if not self._segments or self._segments[-1].segment_id != segment_id:
            self._segments.append(_Segment(segment_id, source_start))
        segment = self._segments[-1]
        segment.text += text
        segment.paused = False
        segment.marks.append((len(segment.text), source_end))

    def complete(self, segment_id: str) -> None:
        """No more text will come for the segment."""
        for segment in self._segments:
            segment.complete = segment.complete or segment.segment_id == segment_id

    def complete_all(self) -> None:
        """No more text will come at all."""
        for segment in self._segments:
            segment.complete = True

    def pause(self, segment_id: str) -> None:
        """No more text will come for the segment for a while: what there is need not wait."""
        for segment in self._segments:
            segment.paused = segment.paused or segment.segment_id == segment_id

    def take(
        self, *, buffered_seconds: float, synthesis_seconds: float, first_share: float = 1.0
    ) -> SpeechChunk | None:
        """The chunk to synthesise now, or None to wait. See :func:`.chunker.next_chunk`."""
        self._discard_finished()
        if not self._segments:
            return None
        first = self._segments[0]
        length = next_chunk(
            first.pending,
            complete=first.complete or first.paused,
            begun=first.said > 0,
            language=self._language,
            buffered_seconds=buffered_seconds,
            synthesis_seconds=synthesis_seconds,
            first_share=first_share,
            options=self._options,
        )
        return self._consume(length) if length else None

    def oldest_clause(self) -> SpeechChunk | None:
        """The clause that may be given up: the first, if something newer waits behind its sentence.

        The newest sentence is never given up: late is better than nothing.
        """
        self._discard_finished()
        return self._chunk(self._first_clause()) if len(self._segments) > 1 else None

    def drop_clause(self) -> None:
        """Give up the :meth:`oldest_clause`."""
        if self.oldest_clause() is not None:
            self._consume(self._first_clause())

    def _first_clause(self) -> int:
        length = 0
        for unit in split_units(self._segments[0].pending, self._language):
            length += len(unit)
            if ends_clause(unit) or ends_sentence(unit, self._language):
                break
        return length

    def _consume(self, length: int) -> SpeechChunk:
        chunk = self._chunk(length)
        self._segments[0].said += length
        return chunk

    def _chunk(self, length: int) -> SpeechChunk:
        segment = self._segments[0]
        start, end = segment.said, segment.said + length
        return SpeechChunk(
            text=segment.text[start:end].strip(),
            segment_id=segment.segment_id,
            source_start=segment.source_time(start) if start else segment.source_start,
            source_end=segment.source_time(end),
        )

    def _discard_finished(self) -> None:
        """Forget segments that have nothing left to say; lone punctuation is nothing."""
        while self._segments and not is_speakable(self._segments[0].pending):
            first = self._segments[0]
            if not first.complete and len(self._segments) == 1:
                return
            self._segments.popleft()
