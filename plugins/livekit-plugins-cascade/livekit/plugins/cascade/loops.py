"""Phrases that a model says over and over. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from .text import in_units_of, is_speakable, normalise_unit, split_units

_LONGEST_PHRASE = 8
# A shorter phrase may be said once more: "muy, muy, muy" is emphasis.
_SHORT_PHRASE = 3


@dataclass(frozen=True, slots=True)
class Loop:
    """Indices of units.

    Attributes:
        said: where what has been said once ends.
        again: where it begins again, marks of their own being between.
        end: where it has been said for the last time.
    """

    said: int
    again: int
    end: int


def first_loop(units: Sequence[str], max_repeats: int, language: str) -> Loop | None:
    """The first phrase of 1-8 units that has been said ``max_repeats`` times and starts again.

    Units that are but marks do not count.
    """
    said = [index for index, unit in enumerate(units) if is_speakable(unit)]
    bare = [normalise_unit(units[index]) for index in said]
    for start in range(len(bare)):
        for size in range(1, _LONGEST_PHRASE + 1):
            rounds = 1 + _repeats(size, max_repeats, language)
            phrase = bare[start : start + size]
            end = start + size * rounds
            if bare[start:end] == phrase * rounds:
                last = said[_end(bare, end, phrase) - 1]
                return Loop(said[start + size - 1] + 1, said[start + size], last + 1)
    return None


def _repeats(size: int, max_repeats: int, language: str) -> int:
    """How often a phrase of so many units may come again."""
    word = in_units_of(language, 1)
    if size < word:
        # Less than a word: laughter ("哈哈哈哈") and the like.
        return 2 * max_repeats + 3
    return max_repeats + 1 if size < _SHORT_PHRASE * word else max_repeats


def _end(bare: Sequence[str], end: int, phrase: list[str]) -> int:
    """Where ``phrase``, said until ``end``, is not said any more, nor begun and broken off."""
    while bare[end : end + len(phrase)] == phrase:
        end += len(phrase)
    rest = list(bare[end:])
    return len(bare) if rest == phrase[: len(rest)] else end


def loop_start(units: Sequence[str], max_repeats: int, language: str) -> int:
    """Index at which the first loop begins again; as many as there are if there is none."""
    loop = first_loop(units, max_repeats, language)
    return len(units) if loop is None else loop.again


def without_loops(text: str, committed: str, max_repeats: int, language: str) -> str:
    """``text`` in which each phrase that loops is said once, and what follows is kept.

    Nothing is taken from ``committed``, which ``text`` starts with.
    """
    units = split_units(text, language)
    spared = len(split_units(committed, language))
    while loop := first_loop(units, max_repeats, language):
        if loop.end <= spared:
            break
        del units[max(loop.said, spared) : loop.end]
    return "".join(units)
