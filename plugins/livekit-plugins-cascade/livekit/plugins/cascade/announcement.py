"""Lines in which a model announces its translation instead of giving it. Pure.

"Here is the English translation of the given Spanish sentence:", a new line, and the translation in
quotation marks: Qwen does so at some odd sentences ("Cástame speech proporciona …", as misheard).
Spoken, it is nonsense, and as the context of the next sentences it makes the model go on so.
"""

import re

from .text import without_marks

# A star stands for any word. Of every language: a model announces in English whatever it was asked.
_OPENINGS = tuple(
    opening.split()
    for opening in (
        *("here is the translation", "here is the * translation", "here is a translation"),
        *("heres the translation", "heres the * translation", "sure here", "certainly here"),
        *("translation of", "the translation of the", "the translated * is"),
        *("aquí está la traducción", "aquí tienes la traducción", "la traducción de la frase"),
        *("voici la traduction", "la traduction de la phrase", "hier ist die übersetzung"),
        *("ecco la traduzione", "la traduzione della frase", "aqui está a tradução"),
        *("a tradução da frase", "以下是翻译", "翻译如下", "译文如下"),
    )
)
_ABOUT_TRANSLATION = re.compile(
    r"translat|tradu|übersetz|翻译|翻譯|译文|翻訳|번역|перев|अनुवाद", re.I
)
_COLONS = (":", "：")
_QUOTES = {'"': '"', "“": "”", "«": "»", "„": "“", "「": "」"}


def may_announce(answer: str, *, source: str) -> bool:
    """Whether ``answer`` begins like an announcement, or is too short to tell.

    Never where the source itself speaks of translating.
    """
    said = without_marks(answer).split()
    begins = any(_goes_with(said, opening) for opening in _OPENINGS)
    return bool(said) and begins and not _ABOUT_TRANSLATION.search(source)


def after_announcement(answer: str, *, source: str) -> str:
    """``answer`` without a first line that announces it, and without the quotation marks then."""
    line, _, rest = answer.lstrip().partition("\n")
    if not line.rstrip().endswith(_COLONS) or not may_announce(line, source=source):
        return answer
    quoted = rest.strip()
    closing = _QUOTES.get(quoted[:1])
    return quoted[1:].removesuffix(closing) if closing else quoted


def _goes_with(said: list[str], opening: list[str]) -> bool:
    """Whether the words and the opening are the same as far as both go; the last may be cut."""
    *whole, last = said or [""]
    if any(b not in ("*", a) for a, b in zip(whole, opening, strict=False)):
        return False
    if len(said) > len(opening):
        return True
    expected = opening[len(whole)]
    return expected == "*" or expected.startswith(last)
