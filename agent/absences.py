"""Who has left for good, and who was only cut off: a lost network looks like leaving."""

import asyncio
from collections.abc import Callable

ABSENT_SECONDS = 60.0
"""How long somebody may be away who is still remembered when they come back."""


class Absences:
    """Tells who has stayed away.

    No more people are kept in mind than leave within ``ABSENT_SECONDS``.

    Args:
        on_gone: told their identity; must not block.
    """

    def __init__(self, on_gone: Callable[[str], None]) -> None:
        self._on_gone = on_gone
        self._away: dict[str, asyncio.TimerHandle] = {}

    def left(self, identity: str) -> None:
        """Somebody is not there any more. Needs a running event loop."""
        self.returned(identity)
        loop = asyncio.get_running_loop()
        self._away[identity] = loop.call_later(ABSENT_SECONDS, self._gone, identity)

    def returned(self, identity: str) -> None:
        """Somebody is there, whether or not they were away."""
        if (timer := self._away.pop(identity, None)) is not None:
            timer.cancel()

    def close(self) -> None:
        """Tell no more."""
        for timer in self._away.values():
            timer.cancel()
        self._away.clear()

    def _gone(self, identity: str) -> None:
        del self._away[identity]
        self._on_gone(identity)
