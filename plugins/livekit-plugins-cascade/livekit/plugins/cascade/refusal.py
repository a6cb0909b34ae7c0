"""Answers in which a model declines to translate. Pure.

Models that were taught to decline do so at odd beginnings of a sentence too ("Casta més pizza …",
as misheard: "I'm sorry, but I can't assist with that"), and once the first words of it are spoken
they go on with it to the end. A speaker who declines something is to be translated, so it is a
refusal only where the source has nothing of an apology.
"""

import re

from .text import without_marks

# Also of other languages than the target: a model declines in English whatever it was asked for.
_OPENINGS = (
    *("im sorry", "i am sorry", "sorry but i", "i apologize but", "i cant assist"),
    *("i cannot assist", "as an ai", "lo siento pero", "je suis désolé mais", "désolé mais je"),
    *("es tut mir leid aber", "mi dispiace ma", "desculpe mas", "sinto muito mas"),
    *("抱歉", "很抱歉", "对不起", "申し訳"),
)
_DECLINED = re.compile(
    r"\b(assist|help|fulfil|provide|translat|understand|comply|ai\b|asist|ayud|traduc|proporcion"
    r"|aide|tradui|helf|übersetz|aiut|tradur|ajud|traduz)|无法|不能|できません"
)
_APOLOGY = re.compile(
    r"sorry|apolog|afraid|unfortunately|siento|lament|perd[oó]n|disculp|desafortunad|désol|excus"
    r"|pardon|malheureus|leid|entschuld|verzeih|scus|dispiac|purtroppo|desculp|sinto|infeliz"
    r"|抱歉|对不起|對不起|不好意思|遗憾|すみません|申し訳|ごめん|残念|죄송|미안|माफ|извин|прост|жаль"
)


def may_refuse(answer: str, *, source: str) -> bool:
    """Whether ``answer`` begins like a refusal, or is too short to tell."""
    said = without_marks(answer)
    begins = any(said.startswith(opening) or opening.startswith(said) for opening in _OPENINGS)
    return bool(said) and begins and not _APOLOGY.search(source.casefold())


def will_seem_to_refuse(answer: str, *, source: str) -> bool:
    """Whether :func:`may_refuse` holds however ``answer`` goes on."""
    begun = without_marks(answer).startswith(_OPENINGS)
    return begun and may_refuse(answer, source=source)


def refuses(answer: str, *, source: str) -> bool:
    """Whether ``answer`` is a refusal."""
    return may_refuse(answer, source=source) and bool(_DECLINED.search(without_marks(answer)))
