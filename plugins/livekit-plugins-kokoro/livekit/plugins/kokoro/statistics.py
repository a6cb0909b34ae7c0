"""What the normalisations of Kokoro's voices are on average.

They are measured beforehand, of the same texts on every machine, by ``scripts/measure_voices.py``:
what a voice has said leaves no trace in them, and it sounds as early in its first text as later.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float32]
Pair = tuple[Values, Values]
Moments = Sequence[Pair]
"""Mean and variance over time of each channel, one pair a normalisation."""

FILE = Path(__file__).with_name("statistics.npz")


def statistics_of(model: str, file: Path = FILE) -> Mapping[str, Moments]:
    """By the digest of a voice's style; none where another model was measured.

    Args:
        model: sha256 of the model's file.
    """
    with np.load(file) as kept:
        if str(kept["model"]) != model:
            return {}
        borders = np.cumsum(kept["channels"])[:-1]
        rows = kept["values"].astype(np.float32)
        return {
            str(voice): _pairs(np.split(row, borders))
            for voice, row in zip(kept["voices"], rows, strict=True)
        }


def keep(statistics: Mapping[str, Moments], model: str, file: Path = FILE) -> None:
    """Write what :func:`statistics_of` reads.

    Half precision is a thousandth of each value, and standard deviations fit where variances
    would not.
    """
    parts = {
        voice: [part for mean, variance in moments for part in (mean, np.sqrt(variance))]
        for voice, moments in statistics.items()
    }
    rows = [np.concatenate(row) for row in parts.values()]
    channels = [len(part) for part in next(iter(parts.values()))]
    np.savez_compressed(
        file,
        model=np.array(model),
        voices=np.array(list(parts)),
        channels=np.array(channels),
        values=np.array(rows, np.float16),
    )


def average(measured: Sequence[tuple[Moments, float]]) -> Moments:
    """Of all texts as if they were one.

    Args:
        measured: of each text, with how long it is.
    """
    total = sum(seconds for _, seconds in measured)
    pairs = zip(*(moments for moments, _ in measured), strict=True)
    weights = [seconds / total for _, seconds in measured]
    return [_average(list(texts), weights) for texts in pairs]


def _average(
    texts: Sequence[tuple[Values, Values]], weights: Sequence[float]
) -> tuple[Values, Values]:
    means = np.array([mean for mean, _ in texts], np.float64)
    squares = means**2 + np.array([variance for _, variance in texts])
    mean, square = (np.average(values, axis=0, weights=weights) for values in (means, squares))
    return mean.astype(np.float32), np.maximum(square - mean**2, 0.0).astype(np.float32)


def _pairs(parts: Sequence[Values]) -> Moments:
    return [(mean, deviation**2) for mean, deviation in zip(parts[::2], parts[1::2], strict=True)]
