"""What of a hypothesis is worth nothing: copies, loops, echoes, foreign scripts, excess. Pure."""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TypeAlias

from .loops import first_loop, loop_start, without_loops
from .text import (
    foreign_script_start,
    in_units_of,
    is_loan,
    is_speakable,
    normalise_unit,
    split_units,
    units_per_word,
    without_foreign_script,
)
from .types import SentencePair, SourceSegment

# So many of the source's words in a row are no name.
_COPIED_UNITS = 3
# A translation says so many words again only where the speaker says a few again. From sentence to
# sentence one more: a long term comes again under a short name.
_ECHOED_WORDS = 7
_ECHOED_CONTEXT_WORDS = 8
_REPEATED_WORDS = 3
# A model fills up at the end, when it has said most of what it was to say. What says an earlier
# sentence's words sooner is a translation: without it half of the sentence would be missing.
_UNFINISHED_SHARE = 0.5

_Phrase: TypeAlias = tuple[str, ...]


def guard(
    hypothesis: str,
    *,
    committed: str,
    source: Sequence[str],
    source_language: str,
    language: str,
    longest: int,
    max_repeats: int,
    final: bool = False,
) -> str:
    """``hypothesis`` cut before a loop, a foreign script or more than ``longest`` units.

    What loops in the ``source`` words themselves may loop in the translation. Never cuts into
    ``committed``, which ``hypothesis`` starts with. The ``final`` one loses no more than the words
    in a foreign script and what loops: a draft that comes after will not make up for the rest.
    """
    continuation = hypothesis[len(committed) :]
    if final:
        hypothesis = committed + without_foreign_script(continuation, language)
    elif (foreign := foreign_script_start(continuation, language)) >= 0:
        hypothesis = hypothesis[: len(committed) + foreign].rstrip()
    may_loop = first_loop(source, max_repeats, source_language) is not None
    if final and not may_loop:
        hypothesis = without_loops(hypothesis, committed, max_repeats, language)
    units, limit = split_units(hypothesis, language), longest
    if not (final or may_loop):
        limit = min(limit, loop_start(units, max_repeats, language))
    return _cut_at(limit, units, committed)


def kept_back(hypothesis: str, guarded: str, language: str) -> str:
    """What ``guarded`` lacks of ``hypothesis``; empty where it is but marks."""
    units = split_units(hypothesis, language)
    same = SequenceMatcher(
        None, _bare(hypothesis, language), _bare(guarded, language), autojunk=False
    )
    lacking = [units[i:j] for tag, i, j, _, _ in same.get_opcodes() if tag != "equal"]
    text = "".join(unit for run in lacking for unit in run).strip()
    return text if is_speakable(text) else ""


def is_copy(
    continuation: str, *, source: Sequence[str], source_language: str, language: str
) -> bool:
    """Whether a draft's continuation says the source over instead of translating it.

    Small models do that at the beginning of a sentence, and what is committed of it keeps them at
    it. A name is copied rightly, so it takes three words in a row and more than half of all. So is
    what a speaker says in another script than that of the language (English terms in Chinese).
    """
    units = [_letters(unit) for unit in split_units(continuation, language)]
    words = [_letters(word) for word in source if not is_loan(word, source_language)]
    run = SequenceMatcher(None, units, words, autojunk=False).find_longest_match().size
    return run >= _COPIED_UNITS and 2 * run > len(units)


def _letters(unit: str) -> str:
    """What a copy keeps of a word: all but the marks around it."""
    return "".join(filter(str.isalnum, unit))


@dataclass(frozen=True, slots=True)
class Echoes:
    """What the translation of one source must not say again.

    Attributes:
        own: nothing that it has said itself; the speaker has said nothing again.
        before: the phrases of each sentence before of which the speaker says nothing again.
        spared_units: at the beginning of a translation that is to be complete, in which it may say
            what sentences before it said.
    """

    own: bool = False
    before: tuple[frozenset[_Phrase], ...] = ()
    spared_units: int = 0


def echoes_of(source: SourceSegment, context: Sequence[SentencePair], language: str) -> Echoes:
    """What a translation of ``source`` into ``language`` must not say again.

    Small models fill up what they take to be unfinished, with what is at hand: a list that nobody
    has begun, the parts of another sentence. Where the speaker says some words again, so may the
    translation. Found once a draft, of which each token is looked at.

    Args:
        context: the sentences before.
    """
    size = in_units_of(source.language, _REPEATED_WORDS)
    context_size = _ECHOED_CONTEXT_WORDS * units_per_word(language)
    said = _bare(_without_hyphens(source.text), source.language)
    phrases = {*_phrases(said, size)}
    new = (
        pair
        for pair in context
        if phrases.isdisjoint(_phrases(_bare(_without_hyphens(pair.source), source.language), size))
    )
    return Echoes(
        own=_echo_start(said, size) == len(said),
        before=tuple(
            frozenset(_phrases(_bare(pair.target, language), context_size)) for pair in new
        ),
        spared_units=_spared_units(source, language) if source.final else 0,
    )


def _spared_units(source: SourceSegment, language: str) -> int:
    """Half as many units as the translation of ``source`` is taken to have."""
    words = len(source.words) / in_units_of(source.language, 1)
    return int(_UNFINISHED_SHARE * units_per_word(language) * words)


def without_echo(hypothesis: str, *, committed: str, echoes: Echoes, language: str) -> str:
    """``hypothesis`` cut where it says again what it, or a sentence before it, has said.

    Never cuts into ``committed``, which ``hypothesis`` starts with. An echo that is committed has
    been said, and what comes after it is not lost.
    """
    units = split_units(hypothesis, language)
    bare, done = _bare(hypothesis, language), _bare(committed, language)
    limit, size = len(units), _ECHOED_WORDS * units_per_word(language)
    if echoes.own and _echo_start(done, size) == len(done):
        limit = _echo_start(bare, size)
    size = _ECHOED_CONTEXT_WORDS * units_per_word(language)
    for earlier in echoes.before:
        if earlier.isdisjoint(_phrases(done, size)):
            start = _recall_start(bare, earlier, size)
            limit = min(limit, start if start >= echoes.spared_units else len(units))
    return _cut_at(limit, units, committed)


def _cut_at(limit: int, units: Sequence[str], committed: str) -> str:
    """The first ``limit`` of a hypothesis' units, or ``committed`` if that is longer."""
    cut = "".join(units[:limit])
    return cut if len(cut) >= len(committed) else committed


def _echo_start(units: Sequence[str], size: int) -> int:
    """Index at which ``size`` units begin that were said before; as many as there are if none."""
    said: dict[_Phrase, int] = {}
    for index, phrase in enumerate(_phrases(units, size)):
        # What overlaps itself ("no, no, no, no") is a loop's business.
        if index - said.setdefault(phrase, index) >= size:
            return index
    return len(units)


def _recall_start(units: Sequence[str], earlier: Container[_Phrase], size: int) -> int:
    """Index at which the first of the ``earlier`` phrases begins; as many as there are if none."""
    found = (index for index, phrase in enumerate(_phrases(units, size)) if phrase in earlier)
    return next(found, len(units))


def _bare(text: str, language: str) -> list[str]:
    return [normalise_unit(unit) for unit in split_units(text, language)]


def _phrases(units: Sequence[str], size: int) -> Iterator[_Phrase]:
    return (tuple(units[start : start + size]) for start in range(len(units) - size + 1))


def _without_hyphens(text: str) -> str:
    """``text`` in which "speech-to-text" is three words: its translation has as many."""
    return text.replace("-", " ")
