"""Which audio carries which source word, without a word aligner.

Inside one segment source and target are taken to run in step: a word that starts a third of the
way through the source's characters is carried a third of the way through the target's, and a
character's audio is a like share of its chunk's. Reordering between languages averages out over
a sentence; medians over a talk do not depend on it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .routes import Segment, SourceWord, SpokenChunk


@dataclass(frozen=True, slots=True)
class Carried:
    """A source word and when, in seconds, the audio that carries it begins and ends."""

    word: SourceWord
    start: float
    end: float

    @property
    def span(self) -> float:
        """Ear-voice span: from the end of the word to the start of its translation, seconds."""
        return self.start - self.word.end


@dataclass(frozen=True, slots=True)
class _Placed:
    """A chunk and where its text stands in the segment's target, in characters."""

    chunk: SpokenChunk
    begin: int
    end: int

    def time_at(self, position: float) -> float:
        share = (position - self.begin) / max(self.end - self.begin, 1)
        return self.chunk.start + min(max(share, 0.0), 1.0) * (self.chunk.end - self.chunk.start)


def carried_words(segment: Segment) -> tuple[Carried, ...]:
    """Every source word of a segment that some audio carries; dropped text carries none."""
    placed = _place_chunks(segment.target, segment.chunks)
    length = max(len(segment.target), placed[-1].end if placed else 0)
    carried = []
    for word, begin, end in _shares(segment.words):
        home = _holding(placed, begin * length)
        if home is not None:
            start, stop = home.time_at(begin * length), home.time_at(end * length)
            carried.append(Carried(word, start, stop))
    return tuple(carried)


def _place_chunks(target: str, chunks: Sequence[SpokenChunk]) -> tuple[_Placed, ...]:
    """Find each chunk's text in ``target``, from left to right."""
    placed: list[_Placed] = []
    position = 0
    for chunk in sorted(chunks, key=lambda c: c.start):
        found = target.find(chunk.text.strip(), position)
        begin = found if found >= 0 else position
        position = begin + len(chunk.text.strip())
        placed.append(_Placed(chunk, begin, position))
    return tuple(placed)


def _shares(words: Sequence[SourceWord]) -> Iterator[tuple[SourceWord, float, float]]:
    """Each word with the shares of the source's characters at which it begins and ends."""
    total = sum(len(word.text) for word in words)
    position = 0
    for word in words:
        begin, position = position, position + len(word.text)
        yield word, begin / max(total, 1), position / max(total, 1)


def _holding(placed: Sequence[_Placed], position: float) -> _Placed | None:
    """The chunk that ``position`` falls into; white space before a chunk belongs to it."""
    return next((p for p in placed if p.begin - 1 <= position < p.end), None)
