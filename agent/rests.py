"""How long a microphone is left alone whose interpreting has ended or cannot begin."""

import asyncio
from collections.abc import Callable, Collection

from .routing import Speaker

# A speaker whose pipeline fails again and again is retried ever more seldom.
_FAILED_SECONDS = (1.0, 5.0, 30.0)
# Audio may end before the room tells that the track is gone.
_ENDED_SECONDS = 1.0
# What fails after that long does not fail again and again.
_LASTING_SECONDS = 60.0


class Rests:
    """The speakers who are left alone for now.

    One who wants to be interpreted otherwise, in another language say, is another speaker.

    Args:
        on_over: told after every rest; must not block.
    """

    def __init__(self, on_over: Callable[[], None]) -> None:
        self._on_over = on_over
        self._failures: dict[Speaker, int] = {}
        self._timers: dict[Speaker, asyncio.TimerHandle] = {}

    def __contains__(self, speaker: Speaker) -> bool:
        return speaker in self._timers

    def ended(self, speaker: Speaker) -> None:
        """Their audio is over. Needs a running event loop, as the others do."""
        self._failures.pop(speaker, None)
        self._rest(speaker, _ENDED_SECONDS)

    def failed(self, speaker: Speaker, lasted: float) -> None:
        """Interpreting them broke off after so many seconds."""
        before = 0 if lasted >= _LASTING_SECONDS else self._failures.get(speaker, 0)
        self._failures[speaker] = before + 1
        self._rest(speaker, _FAILED_SECONDS[min(before, len(_FAILED_SECONDS) - 1)])

    def refused(self, speaker: Speaker) -> None:
        """They cannot be interpreted."""
        self._rest(speaker, _FAILED_SECONDS[-1])

    def keep(self, speakers: Collection[Speaker]) -> None:
        """Forget all others."""
        self._failures = {who: n for who, n in self._failures.items() if who in speakers}
        for speaker in self._timers.keys() - speakers:
            self._timers.pop(speaker).cancel()

    def close(self) -> None:
        """Tell no more."""
        self.keep(())

    def _rest(self, speaker: Speaker, seconds: float) -> None:
        if (timer := self._timers.pop(speaker, None)) is not None:
            timer.cancel()
        self._timers[speaker] = asyncio.get_running_loop().call_later(seconds, self._over, speaker)

    def _over(self, speaker: Speaker) -> None:
        del self._timers[speaker]
        self._on_over()
