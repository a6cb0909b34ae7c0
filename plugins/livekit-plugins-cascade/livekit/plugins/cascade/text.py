"""Splitting text into the units that policies count: words, or in unspaced scripts characters, each
with the signs that are written around it."""

import re
import unicodedata
from dataclasses import replace
from functools import lru_cache

from livekit.agents import LanguageCode

from .types import UNSPACED_LANGUAGES, Word

# Latin, Chinese and Japanese, Hindi, Arabic and Urdu, Armenian, Amharic, Burmese, Khmer.
SENTENCE_END = ".?!…。？！｡।॥؟۔։።။។"
CLAUSE_END = ",;:—–、，；：،؛၊៖"
# What ends a sentence in whatever script, under the mark that most languages write.
_KINDS = {".": ".。｡।॥۔።։။។", "?": "?？؟", "!": "!！"}
_CHINESE_MARKS = {".": "。", "?": "？", "!": "！"}
_OWN_MARKS = {
    **dict.fromkeys(("zh", "yue", "ja"), _CHINESE_MARKS),
    **dict.fromkeys(("hi", "mr", "ne", "bn"), {".": "।"}),
    **dict.fromkeys(("ar", "fa"), {"?": "؟"}),
    "ur": {".": "۔", "?": "؟"},
    "el": {"?": ";"},
    "my": {".": "။"},
    "km": {".": "។"},
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
_WEAK_LETTERS = 3
# "$5", "1.200", "12.5": "million", "personas" or a unit follows, and is said with it.
_AMOUNT = re.compile(r"(?:R?[$€£¥₹]\s?\d[\d.,]*|\d+(?:[.,]\d+)+)")
# Closing marks that may follow a sentence-final one without undoing it.
_OPENERS = "\"'«“‘„([{【「『¿¡"
_CLOSERS = "\"'»”’)]】」』"
# Marks after which, and before which, a space stands between words. Apostrophes and dashes also
# stand inside a word, and what opens a quotation in one language closes it in another.
_ENDS_OF_WORDS = frozenset(SENTENCE_END + CLAUSE_END + _CLOSERS + "“«") - frozenset("'’—–")
_BEGINNINGS_OF_WORDS = "".join(set(_OPENERS) - set("'‘"))
_ABBREVIATIONS = frozenset(
    "mr mrs ms dr prof sr sra srta st vs etc nr bzw ca jr inc ltd ee uu".split()
)
_LATE_MARK = re.compile(r"([.?!,;:])\s+[\"'«¿¡(]?\w|([。？！｡，、；：])\w")
# Thai and Lao vowels that stand before their consonant.
_FIRST_VOWEL = r"[\u0e40-\u0e44\u0ec0-\u0ec4]"
# What belongs to the letter before it: vowels and marks of tone of Thai, Lao, Khmer and Burmese; a
# letter below that one; the letter that ends a syllable of Burmese; a space of no width.
_SIGN = (
    r"(?:[\u1039\u17d2]\S|[\u1000-\u102a]\u1037?\u103a|[\u0e2f-\u0e3a\u0e45-\u0e4e\u0eaf-\u0ebd"
    r"\u0ec6-\u0ece\u102b-\u103e\u17b4-\u17d3\u17d7\u17dd\u200b])"
)
_UNSPACED_UNIT = re.compile(rf"\s*(?:[A-Za-z0-9]+(?:[.,:][A-Za-z0-9]+)*|{_FIRST_VOWEL}?\S{_SIGN}*)")
CHINESE = frozenset({"zh", "yue"})
# Written with a space between phrases.
_SPACED_PHRASES = UNSPACED_LANGUAGES - CHINESE - {"ja"}
# A unit with which a syllable surely begins, after a space, with such a vowel, or in Khmer and
# Burmese with a vowel sign of its own, which the last letter of a syllable has not.
_BEGINS_SYLLABLE = re.compile(
    rf"\s|{_FIRST_VOWEL}|[\u1780-\u17b3]\S*[\u17b6-\u17c5]|[\u1000-\u102a][\u102b-\u1035\u103b-\u103e]"
)
# Signs with which words end, in Khmer syllables. Of a hundred that end with the short "a" of Thai
# 97 do so with a word, of those that end with "ra" 7; of Lao only the word for "and" is known.
_ENDS_SYLLABLE = re.compile(
    r"(?:[\u0e2f\u0e46\u0e4c\u0eaf\u0ec6\u17c7\u17c8\u17cb\u17d7\u200b]|(?<!\u0e23)\u0e30"
    r"|\u0ec1\u0ea5\u0eb0)$"
)
_CJK = r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"
_LATIN = re.compile(r"[A-Za-z]")
_NOT_LATIN = UNSPACED_LANGUAGES | frozenset("ar bg el fa he hi ko ru uk ur".split())
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

    A unit is a word with the white space before it, or one character in an unspaced script, with
    the vowels and other signs that are written around it (a run of Latin letters or a number inside
    it stays whole: "GPT", "3.5", "Node.js").
    """
    units = re.findall(_UNSPACED_UNIT if is_unspaced(language) else r"\s*\S+", text)
    trailing = text[sum(map(len, units)) :]
    return [*units, trailing] if trailing else units


def in_units_of(language: str, count: int) -> int:
    """How many units of ``language``, as a recogniser writes them, stand for ``count`` words: those
    of unspaced scripts, which are a character or two, count half."""
    return 2 * count if is_unspaced(language) else count


def units_per_word(language: str) -> int:
    """How many units of text in ``language`` a word of another takes: some two characters of
    Chinese, and three of the others without spaces.

    To an English word there are, in the Universal Declaration of Human Rights and in the messages
    of an Android application, 1.6 and 2.0 in Chinese, 2.4 and 3.1 in Japanese, 3.2 and 3.4 in Thai,
    3.3 and 3.1 in Lao, 3.1 and 3.0 in Khmer, 2.7 and 2.3 in Burmese.
    """
    base = base_language(language)
    if base not in UNSPACED_LANGUAGES:
        return 1
    return 2 if base in CHINESE else 3


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
    short = sum(map(_is_letter, unit)) <= _WEAK_LETTERS
    return short or _AMOUNT.fullmatch(unit.strip()) is not None


def _is_letter(character: str) -> bool:
    # Half the letters of a Hindi word are vowel signs, which are marks to Unicode.
    return unicodedata.category(character)[0] in "LNM"


def breaks_word(unit: str, following: str, language: str) -> bool:
    """Whether a cut between two units, of which the second may not be known yet, may go through a
    word or tear its ending off.

    Known of Japanese, where a phrase ends with hiragana and the next mostly begins without. Of
    Thai, Lao, Khmer and Burmese only some ends of syllables are known; any other cut may do worse,
    and go through a syllable.
    """
    base = base_language(language)
    if ends_clause(unit) or ends_sentence(unit, language):
        return False
    if base == "ja":
        return _breaks_japanese(unit.strip(), following.strip())
    ends = _BEGINS_SYLLABLE.match(following) or _ENDS_SYLLABLE.search(unit)
    return base in _SPACED_PHRASES and not ends


def _breaks_japanese(unit: str, following: str) -> bool:
    # The mark of an object, which is nothing else; and the two that make the next word polite.
    if unit in {"を", "お", "ご"}:
        return unit != "を"
    ends = _HIRAGANA.match(unit[-1:]) and following and not _HIRAGANA.match(following[:1])
    return not ends


def ends_phrase(unit: str, following: str, language: str) -> bool:
    """Whether a phrase ends between two units: at a comma-class mark, or at a space in Thai, Lao,
    Khmer and Burmese, which write it there and not between words."""
    spaced = base_language(language) in _SPACED_PHRASES and following[:1].isspace()
    return spaced or ends_clause(unit)


def glues_words(before: str, after: str, language: str) -> bool:
    """Whether a space is missing between the two, which are written with spaces between words.

    In Korean ``after`` may be an ending. What follows "3." or "10," may be more of the number.
    """
    last, first = before[-1:], after[:1]
    if last in _ENDS_OF_WORDS:
        is_number = before[-2:-1].isdigit() and first.isdigit()
        return _begins_word(after) and not is_number
    may_be_ending = base_language(language) == "ko" and first.isalnum()
    return bool(last) and _is_letter(last) and _begins_word(after) and not may_be_ending


def _begins_word(text: str) -> bool:
    return text.lstrip(_BEGINNINGS_OF_WORDS)[:1].isalnum()


def strip_sentence_end(text: str, language: str = "") -> str:
    """``text`` without the sentence-final marks (and closers) at its end."""
    own = _GREEK_QUESTION_MARKS if base_language(language) == "el" else ""
    return text.rstrip().rstrip(_CLOSERS + SENTENCE_END + own)


def is_speakable(text: str) -> bool:
    """Whether a voice has anything to say: at least one letter or digit."""
    return any(c.isalnum() for c in text)


def is_loan(word: str, language: str) -> bool:
    """Whether ``word`` is written in Latin letters, which ``language`` is not: a name, or a term of
    another language."""
    return base_language(language) in _NOT_LATIN and _LATIN.search(word) is not None


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
