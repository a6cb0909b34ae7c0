"""What the normalisations of a voice are in the long run."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from .log import logger

Values = NDArray[np.float32]
Moments = Sequence[tuple[Values, Values]]
"""Mean and variance over time of each channel, one pair a normalisation."""

# After so much of it a voice's statistics stay what they are.
_ENOUGH_SECONDS = 8.0


@dataclass(slots=True)
class _Sums:
    """Of mean and mean square, weighted with the seconds over which they are."""

    seconds: float = 0.0
    values: list[tuple[Values, Values]] = field(default_factory=list)

    def add(self, moments: Moments, seconds: float) -> None:
        new = [(mean * seconds, (variance + mean**2) * seconds) for mean, variance in moments]
        old = self.values or [(np.zeros_like(a), np.zeros_like(b)) for a, b in new]
        self.values = [(a + c, b + d) for (a, b), (c, d) in zip(old, new, strict=True)]
        self.seconds += seconds

    @property
    def moments(self) -> Moments:
        means = [(a / self.seconds, b / self.seconds) for a, b in self.values]
        return [(mean, np.maximum(square - mean**2, 0.0)) for mean, square in means]


class VoiceStatistics:
    """Collects them while a voice speaks, and keeps them.

    Args:
        folder: where they are kept from one process to the next, if it can be written.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._known: dict[str, Moments] = {}
        self._sums: dict[str, _Sums] = {}

    def of(self, voice: str) -> Moments | None:
        """Its statistics, or None while too little of it is known."""
        if voice not in self._known and voice not in self._sums:
            self._sums[voice] = _Sums()
            kept = self._read(voice)
            if kept:
                self._known[voice] = kept
        return self._known.get(voice)

    def learn(self, voice: str, moments: Moments, seconds: float) -> None:
        sums = self._sums.setdefault(voice, _Sums())
        sums.add(moments, seconds)
        if sums.seconds >= _ENOUGH_SECONDS:
            self._known[voice] = sums.moments
            self._keep(voice)

    def _path(self, voice: str) -> Path | None:
        return self._folder / f"{voice}.npz" if self._folder else None

    def _read(self, voice: str) -> Moments | None:
        path = self._path(voice)
        if not path or not path.is_file():
            return None
        try:
            with path.open("rb") as file, np.load(file) as kept:
                return _paired(kept)
        except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
            logger.info("%s cannot be read (%s): it is made anew", path, error)
            return None

    def _keep(self, voice: str) -> None:
        path = self._path(voice)
        if not path:
            return
        values = [value for pair in self._known[voice] for value in pair]
        # Several processes may learn the same voice.
        partial = path.with_name(f"{path.name}.{os.getpid()}.part")
        try:
            path.parent.mkdir(exist_ok=True)
            with partial.open("wb") as file:
                np.savez(file, *values)
            partial.replace(path)
        except OSError as error:
            logger.info("%s cannot be kept (%s): it is made anew at every start", path, error)


def _paired(kept: Mapping[str, Values]) -> Moments:
    values = [kept[f"arr_{number}"] for number in range(len(kept))]
    return list(zip(values[::2], values[1::2], strict=True))
