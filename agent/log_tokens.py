"""No access token reaches the log, whoever writes there.

livekit-server quotes a token that it refuses, and LiveKit's clients log what it answers.
"""

import logging
import re

_TOKEN = re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]+")
_HIDDEN = "(token)"


def hide_tokens() -> None:
    """Have whatever the process logs with, as it is set up now, write no tokens."""
    for handler in logging.getLogger().handlers:
        if not isinstance(handler.formatter, _WithoutTokens):
            handler.setFormatter(_WithoutTokens(handler.formatter or logging.Formatter()))


class _WithoutTokens(logging.Formatter):
    """As another one, tracebacks and all, but for the tokens."""

    def __init__(self, formatter: logging.Formatter) -> None:
        super().__init__()
        self._formatter = formatter

    def format(self, record: logging.LogRecord) -> str:
        """See the base class."""
        return _TOKEN.sub(_HIDDEN, self._formatter.format(record))
