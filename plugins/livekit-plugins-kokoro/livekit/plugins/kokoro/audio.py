"""From what the model makes to what is played. Pure."""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from .speech_model import Piece

SAMPLE_RATE = 24_000
# The model surrounds speech with near silence. What is left of it keeps soft consonants whole, and
# after a mark a short pause; inside a sentence, which a voice that interprets is given in pieces,
# more would be heard as stumbling, and adds up to a lag.
_KEEP_BEFORE, _KEEP_AFTER_WORD, _KEEP_AFTER_MARK, _FADE = 0.02, 0.03, 0.06, 0.005
_SILENCE_LEVEL = 0.01


def to_pcm(
    pieces: Iterable[Piece], *, after_mark: bool = True, gain: float = 1.0
) -> Iterator[NDArray[np.int16]]:
    """16-bit samples without the silence around speech, faded at both ends against clicks.

    Args:
        pieces: of one text, at :data:`SAMPLE_RATE`; each goes on where the one before it ends.
        after_mark: whether the text ends with a punctuation mark.
        gain: what the samples are multiplied by.
    """
    keep_after = _KEEP_AFTER_MARK if after_mark else _KEEP_AFTER_WORD
    begun = False
    for piece in pieces:
        speech = _trimmed(piece, keep_after, begun=begun) * np.float32(gain)
        ramp = np.linspace(0.0, 1.0, min(seconds(_FADE), len(speech)), dtype=np.float32)
        if not begun:
            speech[: len(ramp)] *= ramp
        if piece.last:
            speech[len(speech) - len(ramp) :] *= ramp[::-1]
        begun = begun or len(speech) > 0
        yield (np.clip(speech, -1.0, 1.0) * 32767).astype(np.int16)


def _trimmed(piece: Piece, keep_after: float, *, begun: bool) -> NDArray[np.float32]:
    """Its samples from shortly before the first sound to ``keep_after`` seconds after the last."""
    samples = piece.samples
    loud = np.flatnonzero(np.abs(samples) > _SILENCE_LEVEL)
    if not loud.size and begun:
        return samples[: seconds(keep_after)] if piece.last else samples
    if not loud.size:
        return samples if piece.last else samples[:0]
    begin = 0 if begun else max(int(loud[0]) - seconds(_KEEP_BEFORE), 0)
    end = int(loud[-1]) + 1 + seconds(keep_after) if piece.last else len(samples)
    return samples[begin:end]


def silence(duration: float) -> bytes:
    """``duration`` seconds of 16-bit silence."""
    return bytes(2 * seconds(duration))


def seconds(duration: float) -> int:
    """``duration`` in samples."""
    return int(duration * SAMPLE_RATE)
