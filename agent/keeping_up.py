"""Says so, and what helps, when a machine is slower than the people who talk."""

import logging
from collections import defaultdict, deque
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


class LagWatch:
    """Warns when what a route's listeners hear stays too far behind the speaker.

    The median of the last pieces counts, so one slow sentence is no news; the warning comes once
    in five minutes for each route.
    """

    def __init__(self) -> None:
        self._lags: defaultdict[Route, deque[float]] = defaultdict(lambda: deque(maxlen=_PIECES))
        self._warned: dict[Route, float] = {}

    def on_event(self, event: CascadeEvent) -> None:
        """Take one event of the cascade."""
        if event.kind != "played":
            return
        lag = event.data.get("lag_seconds")
        route = (event.stream, event.language)
        if isinstance(lag, float) and self._is_news(route, lag, event.wall_time):
            logger.warning(
                "the interpretation into %s is %.0f s behind: %s",
                event.language,
                median(self._lags[route]),
                REMEDIES,
            )

    def _is_news(self, route: Route, lag: float, now: float) -> bool:
        lags = self._lags[route]
        lags.append(lag)
        if len(lags) < _PIECES or median(lags) < TOO_LATE_SECONDS:
            return False
        if now - self._warned.get(route, -_SILENCE_SECONDS) < _SILENCE_SECONDS:
            return False
        self._warned[route] = now
        return True
