"""Hesitation is left out of what is translated: "uh" is not language, and no interpreter says it.

A model that has written one goes on writing them. The captions of the original keep them. Pure.
"""

from collections.abc import Sequence
from dataclasses import replace

from .text import CLAUSE_END, base_language, begun, first_letter, last_mark, without_marks
from .types import SourceSegment, Word

# None that is a word as well: "er" is he in German, "um" is around; the Spanish "eh" asks; a stent
# has 5 mm.
_FILLERS = {
    "en": "uh uhh um umm uhm erm hm hmm mmm",
    "de": "äh ähm öh öhm hm hmm",
    "nl": "uh uhm eh ehm hm hmm",
    "fr": "euh heu hum hm",
    "es": "em ehm uhm mmm hum",
    "it": "ehm uhm mmm",
    "pt": "hum uhm ahn mmm",
    "ru": "ээ эээ эм ммм",
    "zh": "呃 嗯",
    "ja": "えー えーと えっと えーっと あのー うーん",
}
_BY_LANGUAGE = {language: frozenset(words.split()) for language, words in _FILLERS.items()}


def without_fillers(segment: SourceSegment) -> SourceSegment:
    """What of ``segment`` is to be translated; all of it where it is nothing but hesitation."""
    fillers = _fillers_of(segment)
    if not any(_is_filler(word, fillers) for word in segment.words):
        return segment
    committed, tail = _fluent(segment.committed, fillers), _fluent(segment.tail, fillers)
    if first_letter(segment.words[0].text).isupper():
        committed, tail = begun(committed), tail if committed else begun(tail)
    return replace(segment, committed=committed, tail=tail) if committed or tail else segment


def is_hesitation(segment: SourceSegment) -> bool:
    """Whether nothing else has been said of ``segment`` so far."""
    fillers = _fillers_of(segment)
    return bool(segment.words) and all(_is_filler(word, fillers) for word in segment.words)


def _fillers_of(segment: SourceSegment) -> frozenset[str]:
    return _BY_LANGUAGE.get(base_language(segment.language), frozenset())


def _is_filler(word: Word, fillers: frozenset[str]) -> bool:
    return without_marks(word.text) in fillers


def _fluent(words: Sequence[Word], fillers: frozenset[str]) -> tuple[Word, ...]:
    """The words without fillers. The last before one that ends a sentence ends it instead."""
    kept: list[Word] = []
    for word in words:
        if not _is_filler(word, fillers):
            kept.append(word)
        elif kept and (mark := last_mark(word.text)) and not last_mark(kept[-1].text):
            kept[-1] = replace(kept[-1], text=kept[-1].text.rstrip(CLAUSE_END) + mark)
    return tuple(kept)
