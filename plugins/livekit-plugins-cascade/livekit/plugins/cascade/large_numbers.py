"""Names of large numbers that mean a thousand times as much in another language. Pure.

An English billion is "mil millones" in Spanish and a "Milliarde" in German, whose "billón" and
"Billion" are a trillion. Small models translate by the sound.
"""

import re

from .text import base_language

_ENGLISH = {name: re.compile(rf"\b{name}s?\b", re.IGNORECASE) for name in ("billion", "trillion")}


# By language and English name: what a model says, the longer before what it ends with, and what it
# is to say.
_LONG_SCALE = {
    "de": {
        "billion": {"Billion": "Milliarde", "Billionen": "Milliarden"},
        "trillion": {"Trillion": "Billion", "Trillionen": "Billionen"},
    },
    "es": {
        "billion": {
            "Un billón": "Mil millones",
            "un billón": "mil millones",
            "1 billón": "mil millones",
            "billón": "mil millones",
            "billones": "mil millones",
        },
        "trillion": {"trillón": "billón", "trillones": "billones"},
    },
    "fr": {
        "billion": {"billion": "milliard", "billions": "milliards"},
        "trillion": {"trillion": "billion", "trillions": "billions"},
    },
    "it": {
        "billion": {"bilione": "miliardo", "bilioni": "miliardi", "billion": "miliardi"},
        "trillion": {"trilione": "bilione", "trilioni": "bilioni"},
    },
}


def rename_large_numbers(
    text: str, *, source: str, source_language: str, language: str, is_growing: bool = False
) -> str:
    """A translation out of English with the right names of its large numbers.

    Where the source has both names nothing is done: one cannot tell which is which.

    Args:
        is_growing: more of the text is being written. Words at its end that may become one of the
            names are left out: they are not what will stand there.
    """
    names = _LONG_SCALE.get(base_language(language))
    if names is None or base_language(source_language) != "en":
        return text
    said = [name for name, pattern in _ENGLISH.items() if pattern.search(source)]
    if len(said) != 1:
        return text
    if is_growing:
        text = text[: min(_name_start(text, name) for name in names[said[0]])].rstrip()
    for wrong, right in names[said[0]].items():
        text = re.sub(rf"\b{wrong}\b", right, text)
    return text


def _name_start(text: str, name: str) -> int:
    """Where ``name``, or a beginning of it, begins that ``text`` ends with; its length if none."""
    sizes = (size for size in range(len(name), 0, -1) if text.endswith(name[:size]))
    starts = (len(text) - size for size in sizes)
    return next((start for start in starts if not text[:start][-1:].isalnum()), len(text))
