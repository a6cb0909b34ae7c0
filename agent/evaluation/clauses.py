"""Whether what was heard is what was written: no clause twice, none missing."""

import re
from dataclasses import dataclass

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from .quality import normalise

_CLAUSE_BREAK = re.compile(r"(?<=[.?!…。？！,;:，；：、])\s*")
# Shorter clauses ("yes, yes") are repeated on purpose too often to be judged.
_MIN_WORDS = 4
# A recogniser's slips leave 80 % and more of a clause; stray letters match up to a third.
_SAME_PERCENT = 80.0
# What is written has no slips: "de crear un proyecto" is not "puedes crear tu proyecto".
_SAME_WRITTEN_PERCENT = 90.0
_MISSING_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class ClauseCheck:
    """Clauses of the captions that the audio repeats, and that it lacks."""

    repeated: tuple[str, ...]
    missing: tuple[str, ...]


def clauses(text: str, language: str) -> list[str]:
    """Clauses of at least four words (characters in an unspaced script), as written."""
    parts = (part.strip() for part in _CLAUSE_BREAK.split(text))
    return [part for part in parts if len(normalise(part, language).split()) >= _MIN_WORDS]


def repeated_clauses(text: str, language: str) -> tuple[str, ...]:
    """Clauses that ``text`` itself has more than once."""
    found = dict.fromkeys(clauses(text, language))
    return tuple(
        clause
        for clause in found
        if _occurrences(clause, text, language, alike=_SAME_WRITTEN_PERCENT) > 1
    )


def check_clauses(captions: str, recognised: str, language: str) -> ClauseCheck:
    """Compare captions with what a recogniser makes of the audio."""
    return ClauseCheck(
        repeated=tuple(
            clause
            for clause in dict.fromkeys(clauses(captions, language))
            if _occurrences(clause, recognised, language) > _occurrences(clause, captions, language)
        ),
        missing=_missing(captions, recognised, language),
    )


def _missing(captions: str, recognised: str, language: str) -> tuple[str, ...]:
    """Clauses most of whose characters find no partner when the texts are aligned as a whole.

    A clause by clause search would take a similar neighbour for the clause that is missing.
    """
    written = normalise(captions, language)
    blocks = Levenshtein.opcodes(written, normalise(recognised, language))
    matched = [range(b.src_start, b.src_end) for b in blocks if b.tag == "equal"]
    position, missing = 0, []
    for clause in clauses(captions, language):
        text = normalise(clause, language)
        start = max(written.find(text, position), position)
        position = start + len(text)
        shared = sum(_overlap(range(start, position), block) for block in matched)
        if shared < _MISSING_SHARE * len(text):
            missing.append(clause)
    return tuple(missing)


def _overlap(first: range, second: range) -> int:
    return max(0, min(first.stop, second.stop) - max(first.start, second.start))


def _occurrences(clause: str, text: str, language: str, *, alike: float = _SAME_PERCENT) -> int:
    """How often something ``alike`` (per cent) to ``clause`` is in ``text``, without overlap."""
    wanted = normalise(clause, language)
    words = normalise(text, language).split()
    size, count, position = len(wanted.split()), 0, 0
    while position + size <= len(words):
        if fuzz.ratio(wanted, " ".join(words[position : position + size])) >= alike:
            count += 1
            position += size
        else:
            position += 1
    return count
