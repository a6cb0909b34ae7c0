"""Which words of a translation to give to the voice next. Pure.

The first words go out early, so that the listener hears that something is coming; later ones wait
until the audio in hand is nearly played, because a longer piece sounds better and costs no delay.
A voice speaks each chunk as if it were a sentence, so none ends with a word that leans on the next.
"""

from dataclasses import dataclass
from itertools import pairwise

from .text import (
    CHINESE,
    base_language,
    breaks_word,
    ends_phrase,
    ends_sentence,
    is_speakable,
    is_unmarked,
    leans_on_next,
    split_units,
    units_per_word,
)

# How many letters take as long to say as one character: a voice says 15 a second, of Chinese 4 and
# of Japanese 5. Of Thai, Lao, Khmer and Burmese, signs and all, about as many as of letters.
_LETTERS_PER_CHARACTER = {"zh": 3.75, "yue": 3.75, "ja": 3.0}
# However early the first audio is, what follows it may be late.
_LEAST_FIRST_SHARE = 0.5
_FIRST_EAST_ASIAN = "\u2e80"


@dataclass(frozen=True, slots=True)
class ChunkerOptions:
    """Characters are Latin letters: of other scripts so many count as take as long to say. Where
    words are written without spaces, the characters that are one on average count as one.

    Attributes:
    min_words, min_characters: the least that is worth a voice's breath; either is enough.
    later_words, later_characters: the same once a sentence has begun to be spoken, as long as the
        listener has something to hear: a voice that breathes after every third word is harder to
        follow, and one that is silent meanwhile is harder still.
    last_words, last_characters: the same where the listener is about to hear nothing in the middle
        of a sentence: what is not said then is said later, and holds up all that follows.
    clause_characters: a comma ends a chunk once this much stands before it (a voice holds on
        a lone "Well," far too long).
    max_characters: no chunk is longer.
    dry_characters: none is longer that is begun with little audio in hand: the listener would
        hear nothing for as long as it takes. For an engine whose first audio is there sooner, up
        to twice as much.
    first_characters: the same for the first of a sentence.
    margin_seconds: audio in hand, beyond the expected synthesis time, below which the next
        chunk is due. A synthesis beside other engines takes two or three times what is expected.
    complete_margin_seconds: the same when no more text comes: nothing is gained by waiting but
        a later choice of the speed.
    last_margin_seconds: the same below which the least that is worth saying is better than
        silence.
    """

    min_words: int = 3
    min_characters: int = 15
    later_words: int = 5
    later_characters: int = 28
    last_words: int = 2
    last_characters: int = 10
    clause_characters: int = 20
    max_characters: int = 120
    dry_characters: int = 50
    first_characters: int = 30
    margin_seconds: float = 0.8
    complete_margin_seconds: float = 2.0
    last_margin_seconds: float = 0.3


def next_chunk(
    pending: str,
    *,
    complete: bool,
    begun: bool = False,
    language: str,
    buffered_seconds: float,
    synthesis_seconds: float,
    first_share: float = 1.0,
    options: ChunkerOptions,
) -> int:
    """Length in characters of the chunk to synthesise now; 0 to wait for more text or for time.

    Args:
        pending: text of one segment that has not been synthesised.
        complete: no more text will come for this segment, or none for now.
        begun: some of the segment has been given to the voice.
        buffered_seconds: audio synthesised and not yet played.
        synthesis_seconds: expected time to synthesise a chunk.
        first_share: the part of it until the first audio; an engine that begins to sound early may
            be given more at once.
    """
    if not is_speakable(pending):
        return 0
    size = _size(pending, language)
    margin = options.complete_margin_seconds if complete else options.margin_seconds
    due = buffered_seconds <= synthesis_seconds + margin
    if not due and size < options.max_characters:
        return 0
    most = options.max_characters
    if buffered_seconds < options.margin_seconds:
        dry = options.dry_characters if begun else options.first_characters
        most = round(dry / max(first_share, _LEAST_FIRST_SHARE))
    if complete and size <= most:
        return len(pending)
    least = _least(begun, buffered_seconds - synthesis_seconds, options)
    end = _boundary(pending, language, least=least, most=most, options=options)
    return end or (len(pending) if complete else 0)


def _least(begun: bool, spare_seconds: float, options: ChunkerOptions) -> tuple[int, int]:
    """Words and characters of the least that is worth saying; either is enough."""
    if not begun:
        return options.min_words, options.min_characters
    if spare_seconds <= options.last_margin_seconds:
        return options.last_words, options.last_characters
    return options.later_words, options.later_characters


def is_due_in(buffered_seconds: float, synthesis_seconds: float, options: ChunkerOptions) -> float:
    """Seconds until a waiting chunk, or a shorter one, becomes due if no further text comes; 0 when
    all that is left is to wait for text."""
    spare = buffered_seconds - synthesis_seconds
    margins = (
        options.complete_margin_seconds,
        options.margin_seconds,
        options.last_margin_seconds,
    )
    return next((spare - margin for margin in margins if spare > margin), 0.0)


def letters_per_character(language: str) -> float:
    """How many Latin letters take as long to say as a character of the language's own script."""
    return _LETTERS_PER_CHARACTER.get(base_language(language), 1.0)


def _letters(text: str, language: str) -> float:
    """How many Latin letters take as long to say."""
    weight = letters_per_character(language)
    return sum(weight if character >= _FIRST_EAST_ASIAN else 1.0 for character in text)


def _size(text: str, language: str) -> float:
    """What a most is a most of: letters, but in Chinese, whose words nothing tells, characters;
    rather a chunk that takes longer than one that ends within a word."""
    return len(text) if base_language(language) in CHINESE else _letters(text, language)


def _boundary(
    pending: str, language: str, *, least: tuple[int, int], most: int, options: ChunkerOptions
) -> int:
    """End of the best chunk that is worth saying: last sentence end, else last phrase end, else
    last strong word; 0 if there is none. Where there is more than ``most``, the end of some word.

    Marks are no chunk, and none is torn from the word before it.
    """
    sentence = phrase = strong = word = unit_end = position = units = 0
    letters = size = 0.0
    least_units = least[0] * units_per_word(language)
    for unit, following in pairwise([*split_units(pending, language), ""]):
        letters += _letters(unit, language)
        size += _size(unit, language)
        if size > most and unit_end:
            return sentence or phrase or strong or word or unit_end
        position += len(unit)
        units += is_speakable(unit)
        if not units or _is_mark(following):
            continue
        unit_end = position
        if not (torn := breaks_word(unit, following, language)):
            word = position
        if ends_sentence(unit, language):
            sentence = position
        elif units < least_units and letters < least[1]:
            continue
        elif letters >= options.clause_characters and ends_phrase(unit, following, language):
            phrase = position
        elif not (torn or leans_on_next(unit, language)):
            strong = position
    return sentence or phrase or strong


def _is_mark(unit: str) -> bool:
    """Whether it is but marks that end what is before them."""
    return not (is_speakable(unit) or is_unmarked(unit))
