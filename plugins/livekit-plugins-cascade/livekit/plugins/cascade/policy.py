"""When to speak a word of a translation that is still changing. Pure: no clock, no model.

The speaker's sentence grows while it is translated again and again, each time forced to begin
with what has been committed. What two successive hypotheses share is likely to stay, except for
their last words, which lean on source words that have not come yet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice, takewhile

from .function_words import leans
from .loops import first_loop, loop_start
from .text import (
    CLAUSE_END,
    base_language,
    ends_sentence,
    is_speakable,
    is_unspaced,
    last_mark,
    mark_in,
    marks_sentences,
    may_end_sentence,
    normalise_unit,
    split_units,
    strip_sentence_end,
    units_per_word,
)

# Source languages whose verbs or negations come late: the translation waits longer.
# Holds follow the latency ceilings of IWSLT 2025 (2 s de, 2.5 s zh, 3.5 s ja).
_LATE_SOURCES = frozenset({"de", "nl", "ja", "ko", "tr", "hi"})
# Languages that put the noun before what describes it.
_NOUN_FIRST = frozenset({"es", "pt", "fr", "it", "ca", "gl", "ro"})
# Those of them from which it was measured to be worth waiting for what describes it. From French it
# costs half a second and gains nothing; the others are not measured.
_PATIENT_SOURCES = frozenset({"es", "pt"})
# Languages with which, on either side, one hypothesis alone is seldom right: almost all of it waits
# for a second that says the same. RealSI, chrF and LAAL: into English 52.7 at 2.3 s instead of 51.6
# at 1.6 s, from English 21.4 at 2.4 s instead of 19.6 at 1.8 s. To hold back more of what two share
# instead gives less and costs more.
_DOUBTFUL = frozenset({"zh"})


@dataclass(frozen=True, slots=True)
class PolicyOptions:
    """Agreement policy of one language pair.

    Attributes:
        hold: units at the end of a hypothesis that are never committed before the end.
        solo_hold: units at its end that wait where no earlier hypothesis says the same.
        leaning_hold: most units that wait besides because a commit would end with them and they
            lean on what comes. Bounded, since some languages have little but short words.
        min_source_words: no hypothesis is made of fewer words.
        step_words: a hypothesis is worth its cost when so many words are new.
        max_units_per_word, extra_units: a hypothesis longer than
            ``max_units_per_word * source words + extra_units`` is cut there (length guard).
        pause_hold: units held back while the speaker pauses within a sentence.
        max_repeats: a phrase repeated more often than this ends the hypothesis (loop guard).
        may_copy_source: the source is in the target language, see :mod:`.direct`.
    """

    hold: int = 1
    solo_hold: int = 2
    leaning_hold: int = 3
    min_source_words: int = 3
    step_words: int = 2
    max_units_per_word: float = 2.0
    extra_units: int = 10
    max_repeats: int = 2
    pause_hold: int = 0
    may_copy_source: bool = False


def options_for(source_language: str, target_language: str) -> PolicyOptions:
    """Default policy of a language pair.

    Holds are in words, and two characters of any unspaced script stand for one there: so it was
    measured for Chinese. A length is implausible only by the characters that words really take.
    """
    source, target = base_language(source_language), base_language(target_language)
    late = source in _LATE_SOURCES
    characters, word = is_unspaced(target_language), units_per_word(target_language)
    hold, solo_hold = (3, 6) if late else (1, 2)
    if source in _PATIENT_SOURCES and target not in _NOUN_FIRST:
        hold, solo_hold = 2, 3
    if _DOUBTFUL & {source, target}:
        hold, solo_hold = max(hold, 2), max(solo_hold, 8)
    return PolicyOptions(
        hold=hold * 2 if characters else hold,
        solo_hold=solo_hold * 2 if characters else solo_hold,
        min_source_words=4 if late else 3,
        max_units_per_word=2.0 * word,
        extra_units=5 * word if characters else 10,
        pause_hold=hold * 2 if late and characters else hold if late else 0,
    )


def longest(source_words: int, options: PolicyOptions) -> int:
    """Units that a translation of so many words can plausibly have."""
    return int(options.max_units_per_word * source_words) + options.extra_units


def common_prefix(first: Sequence[str], second: Sequence[str]) -> int:
    """How many units two hypotheses share from the start, punctuation and case aside."""
    count = 0
    for a, b in zip(first, second, strict=False):
        if normalise_unit(a) != normalise_unit(b):
            break
        count += 1
    return count


def agree(
    *,
    committed: str,
    previous: str,
    hypothesis: str,
    support: float,
    expected: int,
    language: str,
    options: PolicyOptions,
) -> str:
    """Text to commit next, given two successive hypotheses of a growing source.

    ``hypothesis`` starts with ``committed``. What ``previous`` says as well, punctuation and case
    aside, is committed but for ``hold`` units at the end of the hypothesis (LocalAgreement-2); what
    it does not, but for ``solo_hold`` units (hold-n, Liu et al. 2020): where a hypothesis takes
    long, waiting for a second one costs the listener more than it mends. Never committed is what
    only uncommitted source words support (``support`` is the share of the source that is
    committed, taken as monotone), nor a sentence-final mark at the end of what is stable: the
    source may go on. Past a mark in it only what both say is stable. Nor does a commit end with an
    article, a possessive or the like, which takes its form from the words to come ("mi", then
    "amigos") and which no voice stops after.

    Args:
        expected: units that the translation of all source words has at least, where a hypothesis
            that is still being written, or was cut, does not show it.

    Returns:
        The continuation of ``committed``; empty when nothing is stable.
    """
    done = split_units(committed, language)
    before = split_units(previous, language)
    now = split_units(hypothesis[len(committed) :], language)
    total = max(len(done) + len(now), len(before), expected)
    supported = int(total * support) - len(done)
    alone = min(len(now) - options.solo_hold, _sentence_end(now, language))
    agreed = min(_shared(done, now, before), len(now) - options.hold)
    count = min(max(agreed, alone), supported)
    stable = _without_leaning_end(now[: max(count, 0)], language, options)
    return _without_final_mark(stable, language)


def _shared(done: Sequence[str], now: Sequence[str], before: Sequence[str]) -> int:
    """How many units of ``now``, which follow those ``done``, a hypothesis before says as well.

    Where ``done`` lacks but a mark, ``now`` begins with it.
    """
    if common_prefix(done, before) < len(done):
        return 0
    rest = before[len(done) :]
    mark = _begins_with_mark(now)
    shared = common_prefix(rest[_begins_with_mark(rest) :], now[mark:])
    return mark + shared if shared else 0


def _begins_with_mark(units: Sequence[str]) -> bool:
    return bool(units) and not is_speakable(units[0])


def at_pause(
    *,
    committed: str,
    hypothesis: str,
    source: str,
    source_language: str = "",
    language: str,
    options: PolicyOptions,
) -> str:
    """Text to commit while the speaker pauses, ``hypothesis`` being of all that was said.

    Speakers pause where a phrase ends, or after a word that needs the next one ("the, um"). So
    all is committed, without a sentence-final mark. Where ``source`` has none either,
    ``pause_hold`` units wait, and any words at the end that lean on what comes.
    """
    now: Sequence[str] = split_units(hypothesis[len(committed) :], language)
    if not ends_sentence(source, source_language):
        now = now[: max(len(now) - options.pause_hold, 0)]
        now = _without_leaning_end(now, language, options)
    return _without_final_mark(now[: _sentence_end(now, language)], language)


def _without_leaning_end(
    units: Sequence[str], language: str, options: PolicyOptions
) -> Sequence[str]:
    """``units`` up to the last that can stand at the end of a phrase."""
    leaning = takewhile(lambda unit: leans(unit, language), reversed(units))
    count = sum(1 for _ in islice(leaning, options.leaning_hold))
    return units[: len(units) - count]


def steady(
    *,
    committed: str,
    hypothesis: str,
    source: Sequence[str],
    source_language: str = "",
    language: str,
) -> str:
    """Text to commit of a translation of the complete sentence that is still being written.

    All that there is but the last unit, which may grow, and what begins to go round in circles,
    which the finished hypothesis will be without.
    """
    units = split_units(hypothesis, language)
    keep = len(units) - 1
    if not first_loop(source, 1, source_language):
        keep = min(keep, loop_start(units, 1, language))
    return "".join(units[: max(keep, 0)])[len(committed) :]


def _sentence_end(units: Sequence[str], language: str) -> int:
    """How many units there are up to the first that ends a sentence; all if none does."""
    ends = (i for i, unit in enumerate(units, start=1) if ends_sentence(unit, language))
    return next(ends, len(units))


def _without_final_mark(units: Sequence[str], language: str) -> str:
    """``units``, the last without a sentence-final mark: the source may go on.

    A mark that words follow is as stable as they are: where speakers join sentences with a comma,
    a translation ends the first and goes on.
    """
    if not units:
        return ""
    *before, last = units
    if may_end_sentence(last, language):
        last = strip_sentence_end(last, language)
    return "".join([*before, last] if last.strip() else before)


def finish(
    *, committed: str, hypothesis: str, source: str, source_language: str = "", language: str
) -> str:
    """Text to commit when the source sentence is complete: all that is left of ``hypothesis``.

    A translation without a sentence-final mark gets the source's, as ``language`` writes it, so
    that voice and caption end; one of a source that was cut in mid-sentence loses its own, because
    the sentence goes on. It keeps what it has where the source does not tell: after an
    abbreviation, and in languages whose sentences end without a mark.
    """
    rest = hypothesis[len(committed) :].rstrip()
    whole = committed + rest
    mark = last_mark(source, source_language)
    if not ends_sentence(source, source_language):
        tells = marks_sentences(source_language) and not mark
        stripped = strip_sentence_end(rest, language)
        return stripped if tells and ends_sentence(rest, language) else rest
    if last_mark(committed, language) and not is_speakable(rest):
        return ""
    if whole.strip() and not last_mark(whole, language):
        rest = rest.rstrip(CLAUSE_END) + mark_in(language, mark)
    return rest
