"""A listener without a room: takes audio no faster than it would be heard."""

import asyncio
from collections.abc import Callable

from livekit import rtc

from .recording import WavRecorder

# As much as a published track queues, so that pacing decides on the same figures.
_MAX_QUEUE_SECONDS = 0.2


class PacedOutput:
    """An ``AudioOutput`` of the cascade that plays at real-time pace, into a file.

    Args:
        recorder: gets every frame at the time at which it is heard; closed by its owner.
        clock: wall time; :func:`.virtual_time.wall_clock` on a virtual loop.
    """

    def __init__(
        self, *, sample_rate: int, recorder: WavRecorder, clock: Callable[[], float]
    ) -> None:
        self._sample_rate = sample_rate
        self._recorder = recorder
        self._clock = clock
        self._played_until = 0.0

    @property
    def sample_rate(self) -> int:
        return self._sample_rate

    @property
    def queued_duration(self) -> float:
        """Seconds captured and not yet played."""
        return max(self._played_until - self._clock(), 0.0)

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        """Take a frame; waits while 0.2 s are queued."""
        if (excess := self.queued_duration - _MAX_QUEUE_SECONDS) > 0:
            await asyncio.sleep(excess)
        start = max(self._clock(), self._played_until)
        self._recorder.write(frame, start)
        self._played_until = start + frame.duration
