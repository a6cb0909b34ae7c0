"""Which words of a translation to give to the voice next. Pure.

The first words go out early, so that the listener hears that something is coming; later ones wait
until the audio in hand is nearly played, because a longer piece sounds better and costs no delay.
A voice speaks each chunk as if it were a sentence, so none ends with a word that leans on the next.
"""

from dataclasses import dataclass

from .text import ends_clause, ends_sentence, is_speakable, leans_on_next, split_units


@dataclass(frozen=True, slots=True)
class ChunkerOptions:
    """Attributes:
    min_words, min_characters: the least that is worth a voice's breath; either is enough.
    later_words, later_characters: the same once a sentence has begun to be spoken: a voice that
        stops after every third word is hard to follow.
    clause_characters: a comma ends a chunk once this much stands before it (a voice holds on
        a lone "Well," far too long).
    max_characters: no chunk is longer.
    margin_seconds: audio in hand, beyond the expected synthesis time, below which the next
        chunk is due.
    """

    min_words: int = 3
    min_characters: int = 15
    later_words: int = 5
    later_characters: int = 28
    clause_characters: int = 20
    max_characters: int = 120
    margin_seconds: float = 0.25


def next_chunk(
    pending: str,
    *,
    complete: bool,
    begun: bool = False,
    language: str,
    buffered_seconds: float,
    synthesis_seconds: float,
    options: ChunkerOptions,
) -> int:
    """Length in characters of the chunk to synthesise now; 0 to wait for more text or for time.

    Args:
        pending: text of one segment that has not been synthesised.
        complete: no more text will come for this segment, or none for now.
        begun: some of the segment has been given to the voice.
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
    length = _boundary(pending, language, options)
    least = (
        (options.later_words, options.later_characters)
        if begun
        else (options.min_words, options.min_characters)
    )
    return length if _worth_saying(pending[:length], language, least) else 0


def is_due_in(buffered_seconds: float, synthesis_seconds: float, options: ChunkerOptions) -> float:
    """Seconds until a waiting chunk becomes due, if no further text comes."""
    return max(buffered_seconds - synthesis_seconds - options.margin_seconds, 0.0)


def _worth_saying(text: str, language: str, least: tuple[int, int]) -> bool:
    units = split_units(text, language)
    if not units:
        return False
    words, characters = sum(map(is_speakable, units)), len(text.strip())
    return words >= least[0] or characters >= least[1] or ends_sentence(units[-1])


def _boundary(pending: str, language: str, options: ChunkerOptions) -> int:
    """End of the best chunk: last sentence end, else last clause end, else last strong word."""
    sentence = clause = strong = word = 0
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
        if not leans_on_next(unit, language):
            strong = position
    full = position > options.max_characters
    return sentence or clause or strong or (word if full else 0)
