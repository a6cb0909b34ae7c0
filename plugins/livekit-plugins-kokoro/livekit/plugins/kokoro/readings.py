"""In words what espeak-ng spells, or reads in another order than it is said. Pure.

It reads numbers well, but "$5 million" as "dollar five million", "20 mg" as two letters in most
languages, "10-15" as "ten dash fifteen" and "Louis XIV" as "Louis fourteen Roman".
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TypeAlias

from .signs import PLAIN, WORDS, Words

_AMOUNT = r"(?P<amount>\d+(?:[.,]\d+|[\u00a0\u202f ]\d{3}(?!\d))*)"
_HUNDREDTHS = re.compile(r"(.*)[.,](\d\d)")
_Rule: TypeAlias = tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]


def read(text: str, espeak_language: str) -> str:
    """The text as it is to be spoken; as it is in languages without a table here."""
    for pattern, replacement in _RULES.get(espeak_language.split("-")[0], ()):
        text = pattern.sub(replacement, text)
    return text


def _rules(words: Words) -> Iterator[_Rule]:
    # espeak-ng takes no such space for part of the number.
    yield re.compile(r"(?<=\d)[\u00a0\u202f](?=\d{3}(?!\d))"), ""
    # "1.º": it knows "1º".
    yield re.compile(r"(?<=\d)\.(?=[ºª])"), ""
    yield re.compile(rf"\b({words.named}) (?!{words.letters}\b)([IVX]{{2,}})(?=e?\b)"), _roman
    yield from _compiled(words.more)
    yield re.compile(r"\bUS\s?(?=\$)"), ""
    yield from _amounts(words)
    for sign, unit in words.units.items():
        yield re.compile(rf"(?<=\d)\s?{re.escape(sign)}(?!\w)"), f" {unit}"
    for short, long in words.short.items():
        yield re.compile(rf"(?<![\w.]){re.escape(short)}(?!\w)"), long
    # "U.S.", but not the end of a sentence that ends with a letter.
    yield re.compile(r"\b(?:[A-Z]\.){2,}(?=\s+[a-z]|,)|\b[A-Z](?:\.[A-Z])+\b"), _without_points
    yield re.compile(r"(?<![\d-])(\d{1,4})\s?[-–]\s?(\d{1,4})(?![\d-])"), partial(_range, words.to)
    yield re.compile(r"(?<=[a-z])\.(?=[a-z]{2,})"), f" {words.dot} "


def _amounts(words: Words) -> Iterator[_Rule]:
    magnitude = rf"(?P<magnitude> (?:{words.magnitudes}|{words.thousand})\b)?"
    for sign in words.currencies:
        currency, say = re.escape(sign), partial(_amount, words, sign)
        yield re.compile(rf"{currency}\s?{_AMOUNT}{magnitude}"), say
        yield re.compile(rf"{_AMOUNT}{magnitude}\s?{currency}"), say


def _amount(words: Words, sign: str, found: re.Match[str]) -> str:
    amount, magnitude = found["amount"], found["magnitude"]
    one, several = words.currencies[sign]
    if magnitude:
        of = "" if magnitude.strip() == words.thousand else words.of
        return _joined(amount + magnitude, of, several)
    if with_hundredths := _HUNDREDTHS.fullmatch(amount):
        whole, hundredths = with_hundredths.groups()
        return _joined(whole, several, words.cents, hundredths)
    return _joined(amount, one if amount == "1" else several)


def _joined(*words: str) -> str:
    return " ".join(filter(None, words))


def _range(to: str, found: re.Match[str]) -> str:
    low, high = found.groups()
    # Others are telephone numbers, scores or codes.
    is_range = int(low) < int(high) and (len(high) < 4 or len(low) == len(high))
    return f"{low} {to} {high}" if is_range else f"{low} {high}"


def _without_points(found: re.Match[str]) -> str:
    return found.group().replace(".", "")


def _roman(found: re.Match[str]) -> str:
    name, number = found.groups()
    values = [{"I": 1, "V": 5, "X": 10}[letter] for letter in number]
    followed = zip(values, [*values[1:], 0], strict=True)
    return f"{name} {sum(-one if one < after else one for one, after in followed)}"


def _compiled(rules: Iterable[tuple[str, str]]) -> Iterator[_Rule]:
    return ((re.compile(pattern), replacement) for pattern, replacement in rules)


_RULES: dict[str, tuple[_Rule, ...]] = {
    **{language: tuple(_rules(words)) for language, words in WORDS.items()},
    **{language: tuple(_compiled(rules)) for language, rules in PLAIN.items()},
}
