"""Which dash between two numbers is said, and how. Pure."""

import re
from collections.abc import Iterable
from functools import partial

from .signs import LETTER, Words

_NUMBER = r"(?>\d{1,3}(?:[ .,]\d{2,3})*[ .,]\d{3}(?!\d)(?:[.,]\d+)?|\d+(?:[.,:h]\d+)?)"
_DASH = r"(?P<dash>[-–~～〜]|\s[-–~～〜]\s)"
_OF_THE_DAY = r"[AaPp]\.?[Mm]\b\.?"


def pattern(words: Words) -> re.Pattern[str]:
    """Two numbers with their signs and a dash between them; not part of a date or a telephone
    number."""
    currency = rf"(?:{any_of(words.currencies)})\s?"
    signs = any_of([*words.units, *words.scales, *words.currencies, "%", "°"])
    sign = rf"\s?(?:(?:{signs}|{words.magnitudes}|{words.thousand})(?!{LETTER})|{_OF_THE_DAY})"
    return re.compile(
        rf"(?<!{LETTER})(?<!\d[.,:])(?<![/~–-])"
        rf"(?P<minus>[-−]?)(?P<currency>{currency})?(?P<low>{_NUMBER})(?P<sign>{sign})?{_DASH}"
        rf"(?P<after>[-−]?(?P<currency_after>{currency})?)(?P<high>{_NUMBER})(?!\d|[.,:/–-]\d)"
        rf"(?P<sign_after>{sign})?"
    )


def reading(words: Words, found: re.Match[str]) -> str:
    """How what :func:`pattern` finds is said: a range, or one number after the other."""
    currency, after, is_range = found["currency"] or "", found["after"], _is_range(found)
    if is_range and not found["currency_after"] and not found["sign"]:
        currency, after = "", after + currency
    low = found["minus"] + currency + found["low"] + (found["sign"] or "")
    high = after + found["high"] + (found["sign_after"] or "")
    to = f"{words.space}{words.to}{words.space}" if is_range else " "
    return low + to + high


def rule(words: Words) -> tuple[re.Pattern[str], partial[str]]:
    """What is replaced, and by what."""
    return pattern(words), partial(reading, words)


def any_of(signs: Iterable[str]) -> str:
    """A regular expression for one of the signs, the longest there is."""
    return "|".join(map(re.escape, sorted(signs, key=len, reverse=True)))


def _is_range(found: re.Match[str]) -> bool:
    low, high = found["low"], found["high"]
    if found["dash"].strip() in "~～〜" or (":" in low and ":" in high):
        return True
    signed = found["currency"] or found["sign"]
    if found["minus"] or (signed and (found["currency_after"] or found["sign_after"])):
        return True
    plain = low.isdigit() and high.isdigit() and not signed
    return _value(low) < _value(high) and not (plain and _is_code(low, high))


def _is_code(low: str, high: str) -> bool:
    """Whether these are more likely the parts of a telephone number."""
    round_numbers = low.endswith("0") and high.endswith("00")
    return len(high) >= 4 and len(low) != len(high) and not round_numbers


def _value(number: str) -> float:
    *whole, last = re.split(r"[ .,:h]", number)
    if whole and (len(last) != 3 or whole == ["0"]):
        last = f".{last}"
    return float("".join(whole) + last)
