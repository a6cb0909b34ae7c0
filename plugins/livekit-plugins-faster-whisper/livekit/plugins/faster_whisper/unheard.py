"""Speech that a transcript has no words for. Standard library only.

Whisper now and then ends its text after a sentence, and its window of 30 seconds goes by with the
rest unheard; most of all where words to expect stand before the text.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from .agreement import Word, Words

Stretch = tuple[float, float]
"""Start and end in seconds of the audio."""

# Times of words are off by a few tenths, and somebody may laugh or hum.
_UNHEARD_SECONDS = 2.0


def unheard(words: Words, voiced: Sequence[Stretch], start: float, end: float) -> list[Stretch]:
    """Where somebody speaks for seconds and no word is.

    Args:
        words: in order.
        voiced: where somebody speaks.
        start, end: of the audio that the words are from.
    """
    borders = [start, *(time for word in words for time in (word.start, word.end)), end]
    gaps = list(pairwise(borders))[::2]
    return [gap for gap in gaps if sum(_overlaps(gap, voiced)) > _UNHEARD_SECONDS]


def _overlaps(gap: Stretch, voiced: Iterable[Stretch]) -> Iterator[float]:
    for start, end in voiced:
        yield max(0.0, min(end, gap[1]) - max(start, gap[0]))


def in_order(words: Iterable[Word]) -> Words:
    """The words of several stretches as one transcript."""
    return tuple(sorted(words, key=lambda word: word.start))
