"""What the normalisations of a voice are in the long run."""

import hashlib
import io
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .log import logger

Values = NDArray[np.float32]
Moments = Sequence[tuple[Values, Values]]
"""Mean and variance over time of each channel, one pair a normalisation."""

# Of fewer seconds or texts they are those of what was said rather than the voice's: of one sentence
# said twice the voice becomes 4 dB softer, of "No." said for ten seconds 6 dB louder.
_ENOUGH_SECONDS, _ENOUGH_TEXTS = 16.0, 12


@dataclass(frozen=True, slots=True)
class Known:
    """Statistics, and how long the texts were that they are of, on average."""

    moments: Moments
    text_seconds: float


@dataclass(slots=True)
class _Sums:
    """Of mean and mean square, weighted with the seconds over which they are."""

    seconds: float = 0.0
    texts: set[int] = field(default_factory=set)
    values: list[tuple[Values, Values]] = field(default_factory=list)

    def add(self, moments: Moments, seconds: float) -> None:
        new = [(mean * seconds, (variance + mean**2) * seconds) for mean, variance in moments]
        old = self.values or [(np.zeros_like(a), np.zeros_like(b)) for a, b in new]
        self.values = [(a + c, b + d) for (a, b), (c, d) in zip(old, new, strict=True)]
        self.seconds += seconds

    def known(self) -> Known:
        means = [(a / self.seconds, b / self.seconds) for a, b in self.values]
        moments = [(mean, np.maximum(square - mean**2, 0.0)) for mean, square in means]
        return Known(moments, self.seconds / len(self.texts))


class VoiceStatistics:
    """Collects them while a voice speaks, and keeps them.

    Args:
        folder: where they are kept from one process to the next, if it can be written.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._known: dict[str, Known] = {}
        self._sums: dict[str, _Sums] = {}

    def of(self, voice: str) -> Known | None:
        """Its statistics, or None while too little of it is known.

        Args:
            voice: fit for the name of a file.
        """
        if voice not in self._known and voice not in self._sums:
            self._sums[voice] = _Sums()
            if kept := self._read(voice):
                self._known[voice] = kept
        return self._known.get(voice)

    def learn(self, voice: str, text: Sequence[int], moments: Moments, seconds: float) -> None:
        """Take those of one text, as token numbers; each text counts once."""
        sums = self._sums.setdefault(voice, _Sums())
        told = hash(tuple(text))
        if voice in self._known or told in sums.texts or not _are_numbers(moments):
            return
        sums.texts.add(told)
        sums.add(moments, seconds)
        if sums.seconds >= _ENOUGH_SECONDS and len(sums.texts) >= _ENOUGH_TEXTS:
            self._known[voice] = sums.known()
            self._keep(voice)

    def _read(self, voice: str) -> Known | None:
        path = self._folder / voice if self._folder else None
        try:
            return _unpacked(path.read_bytes()) if path else None
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            logger.info("%s cannot be read (%s): it is made anew", path, error)
            return None

    def _keep(self, voice: str) -> None:
        if not self._folder:
            return
        path = self._folder / voice
        # Several processes may learn the same voice.
        partial = path.with_name(f"{voice}.{os.getpid()}.part")
        try:
            path.parent.mkdir(exist_ok=True)
            partial.write_bytes(_packed(self._known[voice]))
            partial.replace(path)
        except OSError as error:
            logger.info("%s cannot be kept (%s): it is made anew at every start", path, error)


def _are_numbers(moments: Moments) -> bool:
    return all(np.isfinite(value).all() for pair in moments for value in pair)


def _packed(known: Known) -> bytes:
    """As an archive behind its digest."""
    archive = io.BytesIO()
    np.savez(archive, known.text_seconds, *[value for pair in known.moments for value in pair])
    contents = archive.getvalue()
    return hashlib.sha256(contents).digest() + contents


def _unpacked(packed: bytes) -> Known:
    """Raises a ValueError for what is damaged."""
    size = hashlib.sha256().digest_size
    digest, contents = packed[:size], packed[size:]
    if hashlib.sha256(contents).digest() != digest:
        raise ValueError("it is damaged")
    with np.load(io.BytesIO(contents)) as kept:
        seconds, *values = (kept[f"arr_{number}"] for number in range(len(kept)))
    return Known(list(zip(values[::2], values[1::2], strict=True)), float(seconds))
