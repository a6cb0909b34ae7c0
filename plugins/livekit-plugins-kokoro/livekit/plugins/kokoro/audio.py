"""From what the model makes to what is played. Pure."""

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 24_000
# The model surrounds speech with near silence. What is left of it keeps soft consonants whole, and
# after a mark a short pause; inside a sentence, which a voice that interprets is given in pieces,
# more would be heard as stumbling, and adds up to a lag.
_KEEP_BEFORE, _KEEP_AFTER_WORD, _KEEP_AFTER_MARK, _FADE = 0.02, 0.03, 0.06, 0.005
_SILENCE_LEVEL = 0.01


def to_pcm(
    samples: NDArray[np.float32], *, after_mark: bool = True, gain: float = 1.0
) -> NDArray[np.int16]:
    """16-bit samples without the silence around speech, faded at both ends against clicks.

    Args:
        samples: mono, -1 to 1, at :data:`SAMPLE_RATE`.
        after_mark: whether the text ends with a punctuation mark.
        gain: what the samples are multiplied by.
    """
    speech = trim(samples, _KEEP_AFTER_MARK if after_mark else _KEEP_AFTER_WORD).copy()
    speech *= gain
    ramp = np.linspace(0.0, 1.0, min(seconds(_FADE), len(speech)), dtype=np.float32)
    speech[: len(ramp)] *= ramp
    speech[len(speech) - len(ramp) :] *= ramp[::-1]
    return (np.clip(speech, -1.0, 1.0) * 32767).astype(np.int16)


def trim(samples: NDArray[np.float32], keep_after: float) -> NDArray[np.float32]:
    """``samples`` from shortly before the first sound to ``keep_after`` seconds after the last."""
    loud = np.flatnonzero(np.abs(samples) > _SILENCE_LEVEL)
    if not loud.size:
        return samples
    start = max(int(loud[0]) - seconds(_KEEP_BEFORE), 0)
    return samples[start : int(loud[-1]) + 1 + seconds(keep_after)]


def silence(duration: float) -> bytes:
    """``duration`` seconds of 16-bit silence."""
    return bytes(2 * seconds(duration))


def seconds(duration: float) -> int:
    """``duration`` in samples."""
    return int(duration * SAMPLE_RATE)
