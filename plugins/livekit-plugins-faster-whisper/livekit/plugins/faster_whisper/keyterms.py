"""Words that a talk is expected to have, as Whisper takes them: as text said before. Pure."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence

# Whisper has 224 tokens for what was said before (OpenAI, "Whisper prompting guide"); what was
# really said before needs its part, and every token costs time in every decode.
MOST_TOKENS = 120


def merged(*lists: Iterable[str]) -> tuple[str, ...]:
    """The terms of all lists in order, each once however it is capitalised, without empty ones."""
    terms: dict[str, str] = {}
    for term in (" ".join(term.split()) for terms in lists for term in terms):
        if term:
            terms.setdefault(term.casefold(), term)
    return tuple(terms.values())


def as_said(terms: Sequence[str]) -> str:
    """A sentence of the terms; empty without any. An open list would be gone on with."""
    return f" {', '.join(terms)}." if terms else ""


def fitting(terms: Sequence[str], tokens: Callable[[str], int]) -> tuple[str, ...]:
    """As many of the first terms as there is room for.

    Args:
        tokens: how many tokens a text has.
    """
    counts = range(1, len(terms) + 1)
    fit = bisect_right(counts, MOST_TOKENS, key=lambda count: tokens(as_said(terms[:count])))
    return tuple(terms[:fit])
