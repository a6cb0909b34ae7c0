"""Splitting text into the units that policies count: words, or characters in unspaced scripts."""

import re
import unicodedata
from dataclasses import replace
from functools import lru_cache

from livekit.agents import LanguageCode

from .types import UNSPACED_LANGUAGES, Word

# Latin, Chinese and Japanese, Hindi, Arabic and Urdu, Armenian, Amharic, Burmese.
SENTENCE_END = ".?!…。？！｡।॥؟۔։።။"
CLAUSE_END = ",;:—–、，；：،؛"
# What ends a sentence in whatever script, under the mark that most languages write.
_KINDS = {".": ".。｡।॥۔።։။", "?": "?？؟", "!": "!！"}
_CHINESE_MARKS = {".": "。", "?": "？", "!": "！"}
_OWN_MARKS = {
    **dict.fromkeys(("zh", "yue", "ja"), _CHINESE_MARKS),
    **dict.fromkeys(("hi", "mr", "ne", "bn"), {".": "।"}),
    **dict.fromkeys(("ar", "fa"), {"?": "؟"}),
    "ur": {".": "۔", "?": "؟"},
    "el": {"?": ";"},
    # Between their sentences they write a space.
    **dict.fromkeys(("th", "lo"), {".": ""}),
}
_GREEK_QUESTION_MARKS = ";\u037e"
# Their sentences end without a mark.
_UNMARKED_LANGUAGES = frozenset({"th", "lo"})
# "3. Oktober": a full stop after a number makes an ordinal of it.
_DOTTED_ORDINALS = frozenset("de da no nb nn is fi et lv cs sk pl hu hr sr bs sl mk tr az".split())
_ORDINAL = re.compile(r"\d{1,2}")
_NUMBER_WITH_POINT = re.compile(r"(?<!\d[.,])\b\d+\.$")
# "U.S", "p.m", "Ph.D"
_DOTTED_ABBREVIATION = re.compile(r"(?:[^\W\d]{1,2}\.)+[^\W\d]{1,2}")
# Words this short are mostly articles and prepositions.
WEAK_LETTERS = 3
# "$5", "1.200", "12.5": "million", "personas" or a unit follows, and is said with it.
_AMOUNT = re.compile(r"(?:R?[$€£¥₹]\s?\d[\d.,]*|\d+(?:[.,]\d+)+)")
# Closing marks that may follow a sentence-final one without undoing it.
_OPENERS = "\"'«“‘„([{【「『¿¡"
_CLOSERS = "\"'»”’)]】」』"
_ABBREVIATIONS = frozenset(
    "mr mrs ms dr prof sr sra srta st vs etc nr bzw ca jr inc ltd ee uu".split()
)
_LATE_MARK = re.compile(r"([.?!,;:])\s+[\"'«¿¡(]?\w|([。？！｡，、；：])\w")
_UNSPACED_UNIT = re.compile(r"\s*(?:[A-Za-z0-9]+(?:[.,:][A-Za-z0-9]+)*|\S)")
_CJK = r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"
_HIRAGANA = re.compile(r"[\u3040-\u309f]")
_HANGUL = r"[\u1100-\u11ff\uac00-\ud7af]"


@lru_cache(maxsize=256)
def base_language(language: str) -> str:
    """The language without its region: "es" of "es-MX", "zh" of "cmn-Hans-CN"."""
    return LanguageCode(language).language


def is_unspaced(language: str) -> bool:
    """Whether ``language`` is written without spaces between words."""
    return base_language(language) in UNSPACED_LANGUAGES


def split_units(text: str, language: str) -> list[str]:
    """Cut ``text`` into units such that ``"".join(units) == text``.

    A unit is a word with the white space before it, or one character in an unspaced script
    (a run of Latin letters or a number inside it stays whole: "GPT", "3.5", "Node.js").
    """
    units = re.findall(_UNSPACED_UNIT if is_unspaced(language) else r"\s*\S+", text)
    trailing = text[sum(map(len, units)) :]
    return [*units, trailing] if trailing else units


def in_units_of(language: str, count: int) -> int:
    """How many units of ``language`` stand for ``count`` words: those of unspaced scripts, whose
    words are a character or two, count half."""
    return 2 * count if is_unspaced(language) else count


def without_marks(text: str) -> str:
    """``text`` in small letters, without marks: "I'm sorry," is "im sorry"."""
    return re.sub(r"[^\w ]", "", text.casefold()).strip()


def normalise_unit(unit: str) -> str:
    """A unit as agreement compares it: case and punctuation do not make a difference."""
    bare = "".join(c for c in unit.casefold() if unicodedata.category(c)[0] not in "PZC")
    return bare or unit.strip()


def last_mark(text: str, language: str = "") -> str:
    """The sentence-final mark that ``text`` ends with, an abbreviation's full stop too; or "".

    A Greek question mark, which elsewhere is a semicolon, is told as "?".
    """
    last = _without_closers(text)[-1:]
    if last and last in _GREEK_QUESTION_MARKS and base_language(language) == "el":
        return "?"
    return last if last in SENTENCE_END else ""


def mark_in(language: str, mark: str) -> str:
    """A sentence-final mark of any script as ``language`` writes it."""
    own = _OWN_MARKS.get(base_language(language), {})
    kind = next((kind for kind, marks in _KINDS.items() if mark in marks), mark)
    return own.get(kind, kind)


def marks_sentences(language: str) -> bool:
    """Whether sentences of ``language`` end with a mark."""
    return base_language(language) not in _UNMARKED_LANGUAGES


def _without_closers(text: str) -> str:
    return text.rstrip().rstrip(_CLOSERS)


def ends_sentence(text: str, language: str = "") -> bool:
    """Whether ``text`` ends with a sentence-final mark; the full stop of an abbreviation is none,
    nor is that of an ordinal number."""
    mark = last_mark(text, language)
    if mark != ".":
        return bool(mark)
    word = next(reversed(_without_closers(text)[:-1].split()), "").lstrip(_OPENERS).lower()
    is_initial = len(word) == 1 and word.isalpha() and word not in "aeiouyày"
    is_abbreviation = word in _ABBREVIATIONS or _DOTTED_ABBREVIATION.fullmatch(word)
    return not (is_initial or is_abbreviation or _is_ordinal(word, language))


def may_end_sentence(text: str, language: str) -> bool:
    """Whether ``text``, of which nothing more is known, may end a sentence: a number with a full
    stop is an ordinal only if something follows."""
    return ends_sentence(text, language) or bool(_NUMBER_WITH_POINT.search(_without_closers(text)))


def _is_ordinal(word: str, language: str) -> bool:
    return base_language(language) in _DOTTED_ORDINALS and bool(_ORDINAL.fullmatch(word))


def first_letter(text: str) -> str:
    """The first letter or digit of ``text``; empty if there is none."""
    return next(filter(str.isalnum, text), "")


def with_capital(word: str) -> str:
    """``word`` as it begins a sentence. One with a capital inside ("iPhone") stays as it is."""
    first = first_letter(word)
    # Georgian has capitals, but begins no sentence with one: its title case is the small letter.
    return word.replace(first, first.title(), 1) if word.islower() else word


def begun(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """``words`` as they begin a sentence."""
    return (replace(words[0], text=with_capital(words[0].text)), *words[1:]) if words else ()


def late_mark(text: str) -> str:
    """The mark at the beginning of a word (". Ask") that belongs to the word before it; or "".

    A recogniser cannot take a word back to add a mark. What is written to its word without a space
    ("...and", ".5") is no such mark.
    """
    found = _LATE_MARK.match(text)
    return found[1] or found[2] if found else ""


def with_full_stop(text: str, language: str) -> bool:
    """Whether ``text`` ends a sentence with the mark that a recogniser also sets at a pause."""
    return ends_sentence(text, language) and last_mark(text, language) in ".…"


def ends_clause(text: str) -> bool:
    """Whether ``text`` ends with a comma-class mark."""
    bare = _without_closers(text)
    return bool(bare) and bare[-1] in CLAUSE_END


def is_unmarked(text: str) -> bool:
    """Whether ``text`` ends with neither a sentence-final nor a comma-class mark."""
    return not (last_mark(text) or ends_clause(text))


def shows_beginning(word: str, language: str) -> bool:
    """Whether the word's capital says that something begins with it. German writes every noun so,
    English "I"."""
    if base_language(language) == "de" or re.match(r"I\b", word.strip()):
        return False
    return first_letter(word).isupper()


def leans_on_next(unit: str, language: str) -> bool:
    """Whether a voice should not stop after ``unit``: a short word, mostly an article or a
    preposition, or an amount, that no mark follows. No unit does in an unspaced script or in
    Korean, where such words are endings."""
    base = base_language(language)
    if base == "ko" or is_unspaced(language) or ends_clause(unit) or ends_sentence(unit, language):
        return False
    short = sum(map(_is_letter, unit)) <= WEAK_LETTERS
    return short or _AMOUNT.fullmatch(unit.strip()) is not None


def _is_letter(character: str) -> bool:
    # Half the letters of a Hindi word are vowel signs, which are marks to Unicode.
    return unicodedata.category(character)[0] in "LNM"


def breaks_word(unit: str, following: str, language: str) -> bool:
    """Whether a cut between two units may go through a word or tear its ending off.

    Known of Japanese, where a phrase ends with hiragana and the next mostly begins without.
    """
    if base_language(language) != "ja" or ends_clause(unit) or ends_sentence(unit, language):
        return False
    last, first = unit.strip()[-1:], following.strip()[:1]
    return not (_HIRAGANA.match(last) and not _HIRAGANA.match(first))


def glues_words(before: str, after: str, language: str) -> bool:
    """Whether the two would make one word of two. In Korean ``after`` may be an ending."""
    return base_language(language) != "ko" and before[-1:].isalnum() and after[:1].isalnum()


def strip_sentence_end(text: str, language: str = "") -> str:
    """``text`` without the sentence-final marks (and closers) at its end."""
    own = _GREEK_QUESTION_MARKS if base_language(language) == "el" else ""
    return text.rstrip().rstrip(_CLOSERS + SENTENCE_END + own)


def is_speakable(text: str) -> bool:
    """Whether a voice has anything to say: at least one letter or digit."""
    return any(c.isalnum() for c in text)


def foreign_script_start(text: str, language: str) -> int:
    """Index of the first character in a script that ``language`` is not written in, or -1.

    Guards against a multilingual model that slips into another language. Only scripts that a
    translation into ``language`` never needs are looked for: Han and kana outside Chinese and
    Japanese, Hangul outside Korean.
    """
    found = (re.search(script, text) for script in _foreign_scripts(language))
    return min((match.start() for match in found if match), default=-1)


def without_foreign_script(text: str, language: str) -> str:
    """``text`` without what is in a script that ``language`` is not written in, and its marks."""
    for script in _foreign_scripts(language):
        run = rf"\s*{script}(?:{script}|[\u3000-\u303f\uff01-\uff65])*\s*"
        text = re.sub(rf"{run}(?=[,.;:?!…]|$)", "", text)
        text = re.sub(run, " ", text)
    return text


def _foreign_scripts(language: str) -> list[str]:
    base = base_language(language)
    scripts = [] if base in {"zh", "ja", "yue"} else [_CJK]
    return scripts if base == "ko" else [*scripts, _HANGUL]
