"""Cutting the recogniser's endless words into source sentences. Pure.

A sentence ends at punctuation that a further word has confirmed, at an end of speech, after a
pause, or by force when it grows too long. A pause alone does not end one at once: speakers pause
inside sentences more often than between them (RealSI: a fifth of clause gaps are over 0.5 s).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .text import ends_clause, ends_sentence
from .types import SourceSegment, Word


@dataclass(frozen=True, slots=True)
class SegmenterOptions:
    """Attributes:
    max_words, max_seconds: a longer sentence is cut, at a clause mark where there is one.
    min_clause_words: a forced cut leaves at least this many words before it.
    pause_seconds: an unfinished sentence is closed this long after the end of speech.
    """

    max_words: int = 30
    max_seconds: float = 12.0
    min_clause_words: int = 6
    pause_seconds: float = 1.2


class Segmenter:
    """Owns the words of the open sentence; every method returns snapshots to publish, in order."""

    def __init__(
        self, *, new_segment_id: Callable[[], str], options: SegmenterOptions | None = None
    ) -> None:
        self._new_segment_id = new_segment_id
        self._options = options or SegmenterOptions()
        self._segment_id = ""
        self._words: tuple[Word, ...] = ()
        self._tail: tuple[Word, ...] = ()

    @property
    def has_open_segment(self) -> bool:
        """Whether words are waiting for the end of their sentence."""
        return bool(self._words)

    def update(
        self,
        *,
        committed: Sequence[Word] = (),
        tail: Sequence[Word] | None = None,
        language: str,
        media_time: float,
        wall_time: float,
    ) -> list[SourceSegment]:
        """Take newly committed words and the current tail.

        Without a ``tail`` the committed words are taken to have been its beginning.

        Returns:
            Final snapshots of the sentences that this closed, then the open one if it has words.
        """
        self._words += tuple(committed)
        self._tail = self._tail[len(committed) :] if tail is None else tuple(tail)
        snapshot = _Snapshot(language, media_time, wall_time)
        closed = []
        while (cut := self._cut()) is not None:
            closed.append(self._close(cut, snapshot))
        if self._words or self._tail:
            closed.append(snapshot(self._id(), self._words, self._tail, final=False))
        return closed

    def end_of_speech(
        self, *, language: str, media_time: float, wall_time: float, force: bool = False
    ) -> list[SourceSegment]:
        """Speech has stopped: close a sentence that is punctuated; any sentence with ``force``.

        Returns:
            The sentence as it now stands, final or paused; nothing if none is open.
        """
        self._tail = ()
        if not self._words:
            return []
        snapshot = _Snapshot(language, media_time, wall_time)
        if force or ends_sentence(self._words[-1].text):
            return [self._close(len(self._words), snapshot)]
        return [snapshot(self._id(), self._words, (), final=False, paused=True)]

    def _id(self) -> str:
        self._segment_id = self._segment_id or self._new_segment_id()
        return self._segment_id

    def _close(self, cut: int, snapshot: "_Snapshot") -> SourceSegment:
        closed = snapshot(self._id(), self._words[:cut], (), final=True)
        self._words = self._words[cut:]
        self._segment_id = ""
        return closed

    def _cut(self) -> int | None:
        for index, word in enumerate(self._words, start=1):
            confirmed = index < len(self._words) or self._tail
            if confirmed and ends_sentence(word.text):
                return index
        return self._forced_cut() if self._too_long() else None

    def _too_long(self) -> bool:
        if len(self._words) < 2:
            return False
        seconds = self._words[-1].end - self._words[0].start
        return len(self._words) >= self._options.max_words or seconds >= self._options.max_seconds

    def _forced_cut(self) -> int:
        for index in range(len(self._words), self._options.min_clause_words - 1, -1):
            if ends_clause(self._words[index - 1].text):
                return index
        return len(self._words)


@dataclass(frozen=True, slots=True)
class _Snapshot:
    language: str
    media_time: float
    wall_time: float

    def __call__(
        self,
        segment_id: str,
        words: tuple[Word, ...],
        tail: tuple[Word, ...],
        *,
        final: bool,
        paused: bool = False,
    ) -> SourceSegment:
        return SourceSegment(
            segment_id, self.language, words, tail, final, self.media_time, self.wall_time, paused
        )
