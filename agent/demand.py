"""Which languages are produced because somebody asks for them. Pure: time is an argument."""

from collections.abc import Iterable

LINGER_SECONDS = 5.0
"""How long a language goes on without a listener: somebody may only be changing devices."""


class Demand:
    """Languages on demand, from their first listener until a while after their last.

    Args:
        languages: those that may be asked for, as BCP-47.
    """

    def __init__(self, languages: Iterable[str]) -> None:
        self._languages = tuple(languages)
        self._asked: frozenset[str] = frozenset()
        self._ends: dict[str, float] = {}

    def ask(self, languages: Iterable[str | None], now: float) -> None:
        """These are asked for from ``now`` on, in seconds of any clock, and no others."""
        asked = frozenset(self._languages).intersection(languages)
        lingering = {language: end for language, end in self._ends.items() if end > now}
        for language in self._asked - asked:
            lingering[language] = now + LINGER_SECONDS
        self._ends = {language: end for language, end in lingering.items() if language not in asked}
        self._asked = asked

    def languages(self, now: float) -> tuple[str, ...]:
        """What is to be produced at ``now``."""
        return tuple(
            language
            for language in self._languages
            if language in self._asked or self._ends.get(language, now) > now
        )

    def next_end(self) -> float | None:
        """When the next language ends if nobody asks for it; None where none is about to."""
        return min(self._ends.values(), default=None)
