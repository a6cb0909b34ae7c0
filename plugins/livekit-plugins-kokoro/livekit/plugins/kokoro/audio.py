"""From what the model makes to what is played. Pure."""

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 24_000
# The model surrounds speech with 0.2 to 0.5 s of near silence. What is left of it keeps soft
# consonants whole.
_KEEP_BEFORE, _KEEP_AFTER, _FADE = 0.03, 0.08, 0.005
_SILENCE_LEVEL = 0.01


def to_pcm(samples: NDArray[np.float32]) -> NDArray[np.int16]:
    """16-bit samples without the silence around speech, faded at both ends against clicks.

    Args:
        samples: mono, -1 to 1, at :data:`SAMPLE_RATE`.
    """
    speech = trim(samples).copy()
    ramp = np.linspace(0.0, 1.0, min(seconds(_FADE), len(speech)), dtype=np.float32)
    speech[: len(ramp)] *= ramp
    speech[len(speech) - len(ramp) :] *= ramp[::-1]
    return (np.clip(speech, -1.0, 1.0) * 32767).astype(np.int16)


def trim(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """``samples`` from shortly before the first sound to shortly after the last one."""
    loud = np.flatnonzero(np.abs(samples) > _SILENCE_LEVEL)
    if not loud.size:
        return samples
    start = max(int(loud[0]) - seconds(_KEEP_BEFORE), 0)
    return samples[start : int(loud[-1]) + 1 + seconds(_KEEP_AFTER)]


def silence(duration: float) -> bytes:
    """``duration`` seconds of 16-bit silence."""
    return bytes(2 * seconds(duration))


def seconds(duration: float) -> int:
    """``duration`` in samples."""
    return int(duration * SAMPLE_RATE)
