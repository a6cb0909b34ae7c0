"""Which words of a translation to give to the voice next. Pure.

The first words go out early, so that the listener hears that something is coming; later ones wait
until the audio in hand is nearly played, because a longer piece sounds better and costs no delay.
"""

from dataclasses import dataclass

from .text import ends_clause, ends_sentence, is_speakable, split_units


@dataclass(frozen=True, slots=True)
class ChunkerOptions:
    """Attributes:
    min_words, min_characters: the least that is worth a voice's breath; either is enough.
    clause_characters: a comma ends a chunk once this much stands before it (a voice holds on
        a lone "Well," far too long).
    max_characters: no chunk is longer.
    margin_seconds: audio in hand, beyond the expected synthesis time, below which the next
        chunk is due.
    """

    min_words: int = 3
    min_characters: int = 15
    clause_characters: int = 20
    max_characters: int = 120
    margin_seconds: float = 0.25


def next_chunk(
    pending: str,
    *,
    complete: bool,
    language: str,
    buffered_seconds: float,
    synthesis_seconds: float,
    options: ChunkerOptions,
) -> int:
    """Length in characters of the chunk to synthesise now; 0 to wait for more text or for time.

    Args:
        pending: text of one segment that has not been synthesised.
        complete: no more text will come for this segment.
        buffered_seconds: audio synthesised and not yet played.
        synthesis_seconds: expected time to synthesise a chunk.
    """
    if not pending.strip():
        return 0
    due = buffered_seconds <= synthesis_seconds + options.margin_seconds
    long_enough = len(pending) >= options.max_characters
    if not due and not long_enough:
        return 0
    if complete and not long_enough:
        return len(pending)
    if not _worth_saying(pending, language, options):
        return 0
    return _boundary(pending, language, options)


def is_due_in(buffered_seconds: float, synthesis_seconds: float, options: ChunkerOptions) -> float:
    """Seconds until a waiting chunk becomes due, if no further text comes."""
    return max(buffered_seconds - synthesis_seconds - options.margin_seconds, 0.0)


def _worth_saying(pending: str, language: str, options: ChunkerOptions) -> bool:
    words = sum(map(is_speakable, split_units(pending, language)))
    return words >= options.min_words or len(pending.strip()) >= options.min_characters


def _boundary(pending: str, language: str, options: ChunkerOptions) -> int:
    """End of the best chunk: last sentence end, else last clause end, else last word."""
    sentence = clause = word = 0
    position = 0
    for unit in split_units(pending, language):
        position += len(unit)
        if position > options.max_characters and word:
            break
        word = position
        if ends_sentence(unit):
            sentence = position
        elif ends_clause(unit) and position >= options.clause_characters:
            clause = position
    return sentence or clause or word
