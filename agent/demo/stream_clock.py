"""When the samples of a continuous stream were heard, whenever they were looked at. Pure."""

from __future__ import annotations

import math


class StreamClock:
    """Tells the wall time of each frame of a stream that the SDK paces in real time.

    A frame comes when its last sample is heard. It is taken when this process gets round to it,
    which on a busy machine is late, and late frames are taken in bursts. None is taken early, so
    the least delay of all is what counts.
    """

    def __init__(self) -> None:
        self._origin = math.inf
        self._seconds = 0.0

    def start_of(self, duration: float, taken_at: float) -> float:
        """Wall time at which the next frame began to be heard.

        Args:
            duration: of the frame, in seconds.
            taken_at: wall time at which it was taken from the stream.
        """
        start = self._seconds
        self._seconds += duration
        self._origin = min(self._origin, taken_at - self._seconds)
        return self._origin + start
