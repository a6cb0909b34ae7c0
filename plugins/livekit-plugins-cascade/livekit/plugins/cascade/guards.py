"""What of a hypothesis is worth nothing: copies, loops, echoes, foreign scripts, excess. Pure."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from .text import foreign_script_start, is_unspaced, normalise_unit, split_units
from .types import SentencePair, SourceSegment

# So many of the source's words in a row are no name.
_COPIED_UNITS = 3
# A translation says so many words again only where the speaker has said some again. Those of
# unspaced scripts count half. A term of one sentence may come in the next under another name.
_ECHOED_UNITS = 7
_ECHOED_CONTEXT_UNITS = 8
_REPEATED_WORDS = 3


def guard(
    hypothesis: str,
    *,
    committed: str,
    source: Sequence[str],
    language: str,
    longest: int,
    max_repeats: int,
) -> str:
    """``hypothesis`` cut before a loop, a foreign script or more than ``longest`` units.

    What loops in the ``source`` words themselves may loop in the translation. Never cuts into
    ``committed``, which ``hypothesis`` starts with.
    """
    foreign = foreign_script_start(hypothesis[len(committed) :], language)
    if foreign >= 0:
        hypothesis = hypothesis[: len(committed) + foreign].rstrip()
    units = split_units(hypothesis, language)
    limit = longest
    if loop_start(source, max_repeats) == len(source):
        limit = min(limit, loop_start(units, max_repeats))
    cut = "".join(units[:limit])
    return cut if len(cut) >= len(committed) else committed


def is_copy(continuation: str, *, source: Sequence[str], language: str) -> bool:
    """Whether a draft's continuation says the source over instead of translating it.

    Small models do that at the beginning of a sentence, and what is committed of it keeps them at
    it. A name is copied rightly, so it takes three words in a row and more than half of all.
    """
    units = [_letters(unit) for unit in split_units(continuation, language)]
    words = [_letters(word) for word in source]
    run = SequenceMatcher(None, units, words, autojunk=False).find_longest_match().size
    return run >= _COPIED_UNITS and 2 * run > len(units)


def _letters(unit: str) -> str:
    """What a copy keeps of a word: all but the marks around it."""
    return "".join(filter(str.isalnum, unit))


def loop_start(units: Sequence[str], max_repeats: int) -> int:
    """Index at which a phrase of 1-8 units has been said ``max_repeats`` times and starts again."""
    bare = [normalise_unit(unit) for unit in units]
    for start in range(len(bare)):
        for size in range(1, 9):
            # A single word is legitimately doubled ("muy, muy, muy"); a phrase hardly ever is.
            repeats = max_repeats + 1 if size < 3 else max_repeats
            end = start + size * (repeats + 1)
            if end > len(bare):
                break
            phrase = bare[start : start + size]
            if bare[start:end] == phrase * (repeats + 1):
                return start + size
    return len(bare)


def without_echo(
    hypothesis: str,
    *,
    committed: str,
    source: SourceSegment,
    context: Sequence[SentencePair],
    language: str,
) -> str:
    """``hypothesis`` cut where it says again what it, or a sentence before it, has said.

    Small models fill up what they take to be unfinished, with what is at hand: a list that nobody
    has begun, the parts of another sentence. Where the speaker says some words again, so may the
    translation. Never cuts into ``committed``, which ``hypothesis`` starts with.
    """
    units, done = split_units(hypothesis, language), split_units(committed, language)
    said = _words(source.text, source.language)
    limit, size = len(units), _in_units_of(language, _ECHOED_UNITS)
    words = _in_units_of(source.language, _REPEATED_WORDS)
    # An echo that is committed has been said; what comes after it must not be lost.
    if echo_start(said, words) == len(said) and echo_start(done, size) == len(done):
        limit = echo_start(units, size)
    for pair in context:
        before = split_units(pair.target, language)
        size = _in_units_of(language, _ECHOED_CONTEXT_UNITS)
        again = echo_start(said, words, before=_words(pair.source, source.language)) < len(said)
        if not again and echo_start(done, size, before=before) == len(done):
            limit = min(limit, echo_start(units, size, before=before))
    cut = "".join(units[:limit])
    return cut if len(cut) >= len(committed) else committed


def echo_start(units: Sequence[str], size: int, *, before: Sequence[str] = ()) -> int:
    """Index at which ``size`` units begin that were said before: in ``before``, or else in
    ``units`` if that is not given. As many as there are if none were."""
    bare = [normalise_unit(unit) for unit in units]
    if before:
        earlier = {*_phrases([normalise_unit(unit) for unit in before], size)}
        found = (index for index, phrase in enumerate(_phrases(bare, size)) if phrase in earlier)
        return next(found, len(bare))
    said: dict[tuple[str, ...], int] = {}
    for index, phrase in enumerate(_phrases(bare, size)):
        # What overlaps itself ("no, no, no, no") is a loop's business.
        if index - said.setdefault(phrase, index) >= size:
            return index
    return len(bare)


def _phrases(units: Sequence[str], size: int) -> Iterator[tuple[str, ...]]:
    return (tuple(units[start : start + size]) for start in range(len(units) - size + 1))


def _words(text: str, language: str) -> list[str]:
    """Units of a source, of which "speech-to-text" has three: its translation has as many."""
    return split_units(text.replace("-", " "), language)


def _in_units_of(language: str, count: int) -> int:
    return 2 * count if is_unspaced(language) else count
