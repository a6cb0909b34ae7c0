"""How a translation goes on from what has been committed of it. Pure."""

from itertools import dropwhile

from .policy import common_prefix
from .text import is_speakable, split_units, units_per_word

# Of the units that a translation of so many words has on average. RealSI: into Chinese half of the
# complete ones have no more, into English a quarter.
_COMPLETE_SHARE = 0.75


def going_on(text: str, committed: str, language: str) -> str | None:
    """``text`` as it goes on from ``committed``, which it may have with other marks and capitals.

    What is but a beginning of ``committed`` does not go on; None is for what says something else.
    """
    if text.startswith(committed):
        return text
    units = split_units(text, language)
    spoken = [index for index, unit in enumerate(units) if is_speakable(unit)]
    said = [unit for unit in split_units(committed, language) if is_speakable(unit)]
    shared = min(len(said), len(spoken))
    if common_prefix(said, [units[index] for index in spoken]) < shared:
        return None
    rest = units[spoken[shared - 1] + 1 :] if shared else units
    if len(spoken) < len(said) or not is_speakable(committed[-1:]):
        # Marks are there already, or belong to what both have.
        rest = list(dropwhile(lambda unit: not is_speakable(unit), rest))
    return committed + "".join(rest)


def may_break_off(
    text: str, *, committed: str, source: str, source_language: str, language: str
) -> bool:
    """Whether ``text`` adds nothing to ``committed``, of which the ``source`` may have more.

    Short translations are complete, too: whether this one is only the model can tell.
    """
    if not committed or is_speakable(text[len(committed) :]):
        return False
    words = len(split_units(source, source_language)) / units_per_word(source_language)
    expected = words * units_per_word(language)
    return len(split_units(committed, language)) < _COMPLETE_SHARE * expected


def is_far_longer(text: str, committed: str, language: str) -> bool:
    """Whether ``committed`` is less than half of the same translation in other words."""
    said, units = split_units(committed, language), split_units(text, language)
    return 2 * len(said) < len(units)
