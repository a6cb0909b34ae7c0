"""Says so, and what helps, when a machine is slower than the people who talk."""

import logging
import math
from collections import deque
from dataclasses import dataclass, field
from statistics import median

from livekit.plugins.cascade import CascadeEvent

logger = logging.getLogger("interpreter.keeping_up")

# Listeners lose the thread beyond some 4 s (Karakanta 2021); twice that is no passing delay.
TOO_LATE_SECONDS = 8.0
REMEDIES = (
    "this machine is slower than the speech. What helps: fewer languages in "
    "INTERPRETER_TARGET_LANGUAGES; INTERPRETER_PROFILE=fast, whose translation makes more "
    "mistakes; a GPU; INTERPRETER_TRANSLATION=openai or INTERPRETER_TTS=openai with a server that "
    "has one"
)
_PIECES = 6
_SILENCE_SECONDS = 300.0

Route = tuple[str, str]


@dataclass(slots=True)
class _Lags:
    """Of one route: the last ones, and wall times."""

    latest: deque[float] = field(default_factory=lambda: deque(maxlen=_PIECES))
    played_at: float = -math.inf
    warned_at: float = -math.inf

    def add(self, lag: float, now: float) -> None:
        self.latest.append(lag)
        self.played_at = now

    def is_too_late(self) -> bool:
        return len(self.latest) == _PIECES and median(self.latest) >= TOO_LATE_SECONDS


class LagWatch:
    """Warns when what a route's listeners hear stays too far behind the speaker.

    The median of the last pieces counts, so one slow sentence is no news; the warning comes once
    in five minutes for each route. A route that has played nothing for as long is forgotten: in a
    long room speakers come and go.
    """

    def __init__(self) -> None:
        self._routes: dict[Route, _Lags] = {}

    def on_event(self, event: CascadeEvent) -> None:
        """Take one event of the cascade."""
        if event.kind != "played":
            return
        lag = event.data.get("lag_seconds")
        if isinstance(lag, float):
            self._take((event.stream, event.language), lag, event.wall_time)

    def _take(self, route: Route, lag: float, now: float) -> None:
        self._routes = {
            known: lags
            for known, lags in self._routes.items()
            if now - lags.played_at < _SILENCE_SECONDS
        }
        lags = self._routes.setdefault(route, _Lags())
        lags.add(lag, now)
        if lags.is_too_late() and now - lags.warned_at >= _SILENCE_SECONDS:
            lags.warned_at = now
            logger.warning(
                "the interpretation into %s is %.0f s behind: %s",
                route[1],
                median(lags.latest),
                REMEDIES,
            )
