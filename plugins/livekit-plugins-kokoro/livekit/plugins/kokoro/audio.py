"""From what the model makes to what is played. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 24_000
# The model surrounds speech with near silence. What is left of it keeps soft consonants whole, and
# after a mark a short pause; inside a sentence, which a voice that interprets is given in pieces,
# more would be heard as stumbling, and adds up to a lag.
_KEEP_BEFORE, _KEEP_AFTER_WORD, _KEEP_AFTER_MARK, _FADE = 0.02, 0.03, 0.06, 0.005
_SILENCE_LEVEL = 0.01


@dataclass(frozen=True, slots=True)
class Piece:
    """Mono samples, -1 to 1; whether they are the ``last`` of what was to be said."""

    samples: NDArray[np.float32]
    last: bool = True


def to_pcm(
    pieces: Iterable[Piece], *, after_mark: bool = True, gain: float = 1.0
) -> Iterator[NDArray[np.int16]]:
    """16-bit samples without the silence around speech, faded at both ends against clicks.

    Args:
        pieces: of one text, at :data:`SAMPLE_RATE`; each goes on where the one before it ends.
        after_mark: whether the text ends with a punctuation mark.
        gain: what the samples are multiplied by.
    """
    keep_after = seconds(_KEEP_AFTER_MARK if after_mark else _KEEP_AFTER_WORD)
    quiet, begun = np.zeros(0, np.float32), False
    for piece in pieces:
        # What is quiet at the end of a piece is heard with the next sound, if there is one.
        samples = np.concatenate((quiet, piece.samples))
        begin, end = _loud(samples, begun=begun)
        end += keep_after if piece.last else 0
        speech, quiet = samples[begin:end] * np.float32(gain), samples[max(begin, end) :]
        ramp = np.linspace(0.0, 1.0, min(seconds(_FADE), len(speech)), dtype=np.float32)
        if not begun:
            speech[: len(ramp)] *= ramp
        if piece.last:
            speech[len(speech) - len(ramp) :] *= ramp[::-1]
        begun = begun or len(speech) > 0
        yield (np.clip(speech, -1.0, 1.0) * 32767).astype(np.int16)


def _loud(samples: NDArray[np.float32], *, begun: bool) -> tuple[int, int]:
    """From where to where to keep them: from shortly before the first sound, or from their
    beginning once something has been heard, to the last sound."""
    loud = np.flatnonzero(np.abs(samples) > _SILENCE_LEVEL)
    first, end = (int(loud[0]), int(loud[-1]) + 1) if loud.size else (len(samples), 0)
    return 0 if begun else max(first - seconds(_KEEP_BEFORE), 0), end


def silence(duration: float) -> bytes:
    """``duration`` seconds of 16-bit silence."""
    return bytes(2 * seconds(duration))


def seconds(duration: float) -> int:
    """``duration`` in samples."""
    return int(duration * SAMPLE_RATE)
