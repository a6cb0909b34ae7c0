"""What languages say for signs and short forms: the shape of their tables."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

Rules: TypeAlias = tuple[tuple[str, str], ...]
NEVER = r"(?!)"
# A letter or digit; kana and kanji stand next to a number without being part of the word.
LETTER = r"[^\W\u3040-\u9fff]"
# "an IV line" is no fourth line; "Henry IV" is.
INTRAVENOUS = (r"(?<=[a-zà-ÿ] )IV\b", "I V")
# Of a time of day: the hour before ":" or "h", then minutes below and above ten.
HOUR = rf"(?<!{LETTER})(?<![:.,])0?(1?\d|2[0-4])"
TIME_ENDS = r"(?![\d:])"
FULL_HOUR = rf"{HOUR}:00{TIME_ENDS}"
MINUTES = rf"(?:0([1-9])|([1-5]\d)){TIME_ENDS}"


@dataclass(frozen=True, slots=True)
class Words:
    """What a language says for signs.

    Attributes:
        currencies: by sign, of one and of several.
        thousand: between an amount and its currency.
        magnitudes: what else stands there, as a regular expression.
        scales: by what is written short for those, of one and of several.
        units: by sign.
        to: between two numbers of a range.
        minus: before a number.
        of: what stands between magnitudes and the currency.
        cents: what stands between the currency and hundredths of it; None leaves these to the
            amount.
        short: abbreviations with their points; a capital may begin those in small letters.
        dot: in an address; empty leaves it.
        named: what stands before a Roman number, as a regular expression.
        letters: what is no Roman number, as a regular expression.
        ordinal: what makes a Roman number one in a row, as a regular expression.
        space: between words.
        more: other regular expressions and what they are replaced by, before amounts are read.
        last: the same, after all else.
    """

    currencies: Mapping[str, tuple[str, str]]
    thousand: str
    magnitudes: str
    units: Mapping[str, str]
    to: str
    minus: str
    scales: Mapping[str, tuple[str, str]]
    of: str = ""
    cents: str | None = None
    short: Mapping[str, str] = field(default_factory=dict)
    dot: str = ""
    named: str = NEVER
    letters: str = NEVER
    ordinal: str = NEVER
    space: str = " "
    more: Rules = (INTRAVENOUS,)
    last: Rules = ()
