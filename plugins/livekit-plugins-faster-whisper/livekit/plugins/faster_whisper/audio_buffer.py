"""The audio of one stream that may still be decoded, addressed by media time."""

import numpy as np
import numpy.typing as npt

SAMPLE_RATE = 16_000

Samples = npt.NDArray[np.float32]


class AudioBuffer:
    """A growing window over a stream's 16 kHz mono audio.

    ``start`` and ``end`` are media time in seconds: 0 is the first sample ever appended, and they
    keep counting when old audio is dropped.
    """

    def __init__(self) -> None:
        self._samples: Samples = np.zeros(SAMPLE_RATE, dtype=np.float32)
        self._length = 0
        self._dropped = 0

    @property
    def start(self) -> float:
        return self._dropped / SAMPLE_RATE

    @property
    def end(self) -> float:
        return (self._dropped + self._length) / SAMPLE_RATE

    @property
    def duration(self) -> float:
        return self._length / SAMPLE_RATE

    def append(self, samples: npt.NDArray[np.int16]) -> None:
        """Add 16-bit samples; kept as float32 in [-1, 1)."""
        needed = self._length + len(samples)
        if needed > len(self._samples):
            grown = np.zeros(max(needed, 2 * len(self._samples)), dtype=np.float32)
            grown[: self._length] = self._samples[: self._length]
            self._samples = grown
        self._samples[self._length : needed] = samples.astype(np.float32) / 32768.0
        self._length = needed

    def read(self, start: float, end: float) -> Samples:
        """A copy of the audio between two media times, cut to what is held."""
        first, last = self._index(start), self._index(end)
        return self._samples[first:last].copy()

    def drop_before(self, time: float) -> None:
        """Forget everything before media time ``time``."""
        cut = self._index(time)
        if cut == 0:
            return
        self._samples[: self._length - cut] = self._samples[cut : self._length].copy()
        self._length -= cut
        self._dropped += cut

    def _index(self, time: float) -> int:
        return min(max(round(time * SAMPLE_RATE) - self._dropped, 0), self._length)
