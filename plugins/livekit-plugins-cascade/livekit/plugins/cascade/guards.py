"""What of a hypothesis is worth nothing: copies, loops, echoes, foreign scripts, excess. Pure."""

from collections.abc import Sequence
from difflib import SequenceMatcher

from .text import foreign_script_start, is_unspaced, normalise_unit, split_units
from .types import SourceSegment

# So many of the source's words in a row are no name.
_COPIED_UNITS = 3
# A translation says so many words again only where the speaker has said so many again. Those of
# unspaced scripts count half.
_ECHOED_UNITS = 6
_REPEATED_WORDS = 3


def guard(
    hypothesis: str,
    *,
    committed: str,
    source: SourceSegment,
    language: str,
    longest: int,
    max_repeats: int,
) -> str:
    """``hypothesis`` cut before a loop, an echo, a foreign script or more than ``longest`` units.

    What loops or comes again in the ``source`` may do so in the translation. Never cuts into
    ``committed``, which ``hypothesis`` starts with.
    """
    foreign = foreign_script_start(hypothesis[len(committed) :], language)
    if foreign >= 0:
        hypothesis = hypothesis[: len(committed) + foreign].rstrip()
    units = split_units(hypothesis, language)
    limit, said = longest, [word.text for word in source.words]
    if loop_start(said, max_repeats) == len(said):
        limit = min(limit, loop_start(units, max_repeats))
    if echo_start(said, _in_units_of(source.language, _REPEATED_WORDS)) == len(said):
        limit = min(limit, _new_echo_start(units, split_units(committed, language), language))
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


def _new_echo_start(units: Sequence[str], done: Sequence[str], language: str) -> int:
    size = _in_units_of(language, _ECHOED_UNITS)
    # One that is committed has been said; what comes after it must not be lost.
    return len(units) if echo_start(done, size) < len(done) else echo_start(units, size)


def echo_start(units: Sequence[str], size: int) -> int:
    """Index at which ``size`` units begin that were said before; as many as there are if none."""
    bare = [normalise_unit(unit) for unit in units]
    said: dict[tuple[str, ...], int] = {}
    for index in range(len(bare) - size + 1):
        # What overlaps itself ("no, no, no, no") is a loop's business.
        if index - said.setdefault(tuple(bare[index : index + size]), index) >= size:
            return index
    return len(bare)


def _in_units_of(language: str, count: int) -> int:
    return 2 * count if is_unspaced(language) else count
