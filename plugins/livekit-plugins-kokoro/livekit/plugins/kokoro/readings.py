"""In words what espeak-ng spells, or reads in another order than it is said. Pure.

It reads numbers well, but "$5 million" as "dollar five million", "20 mg" as two letters in most
languages, "10-15" as "ten dash fifteen" and "Louis XIV" as "Louis fourteen Roman".
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TypeAlias

from . import ranges
from .signs import LETTER, NEVER, Words
from .signs_asian import ASIAN
from .signs_european import EUROPEAN

# Whole numbers only, so that a long one is looked at once.
_AMOUNT = r"(?<!\d)(?<!\d[.,])(?P<amount>(?>\d+(?:[.,]\d+|[\u00a0\u202f ]\d{3}(?!\d))*))"
_HUNDREDTHS = re.compile(r"(.*)[.,](\d\d)")
_Rule: TypeAlias = tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]
# Phonemizers say the English name of a picture. Hindi needs its joiners where there is none.
_PICTURE = "\u231a\u231b\u23e9-\u23fa\u2600-\u27bf\u2b00-\u2bff\ufe0f\u20e3\U0001f000-\U0001faff"
_PICTURES = re.compile(rf"\s*[{_PICTURE}][{_PICTURE}\u200d\U000e0020-\U000e007f]*\s*")
# Not the punctuation, whose width tells where a clause ends.
_FULL_WIDTH = re.compile(
    r"[％＄＋－．／０-９Ａ-Ｚａ-ｚ￠-￦℃℉㌀-㏿]|(?<=\d)：(?=\d)|(?<=[０-９])，(?=[０-９]{3})"
)


def read(text: str, espeak_language: str) -> str:
    """The text as it is to be spoken, without pictures; otherwise as it is in languages without
    a table here."""
    # Half a character is nothing to say, and espeak-ng ends at it.
    text = text.encode(errors="ignore").decode()
    text = _PICTURES.sub(" ", unicodedata.normalize("NFC", text))
    for pattern, replacement in _RULES.get(espeak_language.split("-")[0], ()):
        text = pattern.sub(replacement, text)
    return text


def _rules(words: Words) -> Iterator[_Rule]:
    # espeak-ng takes no such space for part of the number.
    yield re.compile(r"(?<=\d)[\u00a0\u202f](?=\d{3}(?!\d))"), ""
    yield re.compile(r"(?:(?<=[nN][°º])|(?<=[nN]\.º))(?=\d)"), " "
    # "1.º": it knows "1º".
    yield re.compile(r"(?<=\d)\.(?=[ºª])"), ""
    yield re.compile(rf"\b()([IVX]+)(?=(?:{words.ordinal})\b)"), _roman
    yield re.compile(rf"\b((?:{words.named}) )(?!{words.letters}\b)([IVX]{{2,}})\b"), _roman
    yield re.compile(rf"(?<!{LETTER})US\s?(?=\$)"), ""
    yield ranges.rule(words)
    yield from _compiled(words.more)
    yield from _amounts(words)
    yield from _minus(words)
    for sign, unit in words.units.items():
        pattern = rf"(?<=\d)\s?{re.escape(sign)}(?!{LETTER})"
        yield re.compile(pattern), f"{words.space}{unit}"
    yield from _short(words)
    if words.dot:
        yield re.compile(r"(?<=[a-z])\.(?=[a-z]{2,})"), f" {words.dot} "
    yield from _compiled(words.last)


def _short(words: Words) -> Iterator[_Rule]:
    for short, long in words.short.items():
        begin = f"[{short[0]}{short[0].upper()}]{re.escape(short[1:])}".replace(r"\ ", r"\s")
        yield re.compile(rf"(?<![\w.]){begin}(?!\w)"), long
    # "U.S.", but not the end of a sentence that ends with a letter.
    yield re.compile(r"\b(?:[A-Z]\.){2,}(?=\s+[a-z]|,)|\b[A-Z](?:\.[A-Z])+\b"), _without_points


def _minus(words: Words) -> Iterator[_Rule]:
    minus, space = words.minus, words.space
    yield re.compile(r"(?<=\d)\s?−\s?(?=\d)"), f"{space}{minus}{space}"
    yield re.compile(rf"(?<!{LETTER})(?<![.,)%°–-])[-−](?=\d)"), f"{minus}{space}"


def _amounts(words: Words) -> Iterator[_Rule]:
    # "$5 K-cup" is no thousand.
    scales = rf"(?:{ranges.any_of(words.scales) or NEVER})(?!{LETTER}|-[^\W\d])"
    full = rf"(?:{words.magnitudes}|{words.thousand})(?!{LETTER})"
    magnitude = rf"(?:\s?(?P<magnitude>{full}|{scales}))?"
    for sign in words.currencies:
        currency, say = re.escape(sign), partial(_amount, words, sign)
        yield re.compile(rf"{currency}\s?{_AMOUNT}{magnitude}"), say
        yield re.compile(rf"{_AMOUNT}{magnitude}\s?{currency}"), say


def _amount(words: Words, sign: str, found: re.Match[str]) -> str:
    amount, magnitude = found["amount"], found["magnitude"]
    one, several = words.currencies[sign]
    if magnitude:
        of_one, of_several = words.scales.get(magnitude, (magnitude, magnitude))
        magnitude = of_one if amount == "1" else of_several
        of = "" if magnitude == words.thousand else words.of
        return _joined(words, amount, magnitude, of, several)
    with_hundredths = _HUNDREDTHS.fullmatch(amount)
    if words.cents is None or not with_hundredths:
        return _joined(words, amount, one if amount == "1" else several)
    whole, hundredths = with_hundredths.groups()
    rest = () if hundredths == "00" else (words.cents, hundredths)
    return _joined(words, whole, one if whole == "1" else several, *rest)


def _joined(words: Words, *parts: str) -> str:
    return words.space.join(filter(None, parts))


def _full_width(found: re.Match[str]) -> str:
    return unicodedata.normalize("NFKC", found.group())


def _without_points(found: re.Match[str]) -> str:
    return found.group().replace(".", "")


def _roman(found: re.Match[str]) -> str:
    before, number = found.groups()
    values = [{"I": 1, "V": 5, "X": 10}[letter] for letter in number]
    followed = zip(values, [*values[1:], 0], strict=True)
    return f"{before}{sum(-one if one < after else one for one, after in followed)}"


def _compiled(rules: Iterable[tuple[str, str]]) -> Iterator[_Rule]:
    return ((re.compile(pattern), replacement) for pattern, replacement in rules)


_RULES: dict[str, tuple[_Rule, ...]] = {
    **{language: tuple(_rules(words)) for language, words in EUROPEAN.items()},
    **{language: ((_FULL_WIDTH, _full_width), *_rules(words)) for language, words in ASIAN.items()},
}
