"""A language of tones: every word is a frequency, so that audio can be read back exactly.

A word of another language is the same word with the language behind it, an octave band higher.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]

WORD_SECONDS = 0.24
GAP_SECONDS = 0.06
WINDOW_SECONDS = 0.04
# Half the distance between two words.
_TOLERANCE_HERTZ = 45.0
_LOUD = 600.0

_SOURCE = dict(
    zip("alpha bravo charlie delta echo over.".split(), range(400, 1000, 100), strict=True)
)
_OFFSETS = {"": 0, "es": 1000, "fr": 2000, "de": 3000}


def translate(text: str, language: str) -> str:
    """``text`` word by word in another language: "alpha over." is "alphaes overes."."""
    return " ".join(_translated(word, language) for word in text.split())


def _translated(word: str, language: str) -> str:
    return f"{word[:-1]}{language}." if word.endswith(".") else f"{word}{language}"


FREQUENCIES = {
    _translated(word, language): float(frequency + offset)
    for language, offset in _OFFSETS.items()
    for word, frequency in _SOURCE.items()
}


def speak(text: str, rate: int) -> Samples:
    """Audio of ``text``; a word without a frequency is silence, and a capital is not heard."""
    return np.concatenate(
        [_word(word, rate) for word in text.lower().split()] or [_silence(0.0, rate)]
    )


def silence(seconds: float, rate: int) -> Samples:
    return _silence(seconds, rate)


def _word(word: str, rate: int) -> Samples:
    frequency = FREQUENCIES.get(word, FREQUENCIES.get(f"{word}.", 0.0))
    time = np.arange(int(WORD_SECONDS * rate)) / rate
    tone = (9000 * np.sin(2 * np.pi * frequency * time)).astype(np.int16)
    return np.concatenate([tone, _silence(GAP_SECONDS, rate)])


def _silence(seconds: float, rate: int) -> Samples:
    return np.zeros(int(seconds * rate), dtype=np.int16)


class Listener:
    """Reads tones back from audio as it comes."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._rest = _silence(0.0, rate)
        self._current: str | None = None
        self._windows = 0
        self._quiet = 0
        self.seconds = 0.0

    @property
    def quiet_seconds(self) -> float:
        """Silence since the last tone."""
        return self._quiet * WINDOW_SECONDS

    def hear(self, samples: Samples) -> list[str]:
        """The words that end in ``samples``."""
        self._rest = np.concatenate([self._rest, samples])
        size = int(WINDOW_SECONDS * self._rate)
        words: list[str] = []
        while len(self._rest) >= size:
            window, self._rest = self._rest[:size], self._rest[size:]
            words += self._window(_tone(window, self._rate))
        return words

    def _window(self, tone: str | None) -> list[str]:
        self.seconds += WINDOW_SECONDS
        self._quiet = 0 if tone else self._quiet + 1
        if tone == self._current:
            self._windows += 1
            return []
        ended, lasted = self._current, self._windows
        self._current, self._windows = tone, 1
        # A window on the edge of a word may show anything once.
        return [ended] if ended is not None and lasted >= 3 else []


def _tone(window: Samples, rate: int) -> str | None:
    if float(np.sqrt(np.mean(window.astype(np.float64) ** 2))) < _LOUD:
        return None
    spectrum = np.abs(np.fft.rfft(window * np.hanning(len(window)), n=8 * len(window)))
    frequency = float(np.argmax(spectrum)) * rate / (8 * len(window))
    word, nearest = min(FREQUENCIES.items(), key=lambda item: abs(item[1] - frequency))
    return word if abs(nearest - frequency) <= _TOLERANCE_HERTZ else None


def read(samples: Samples, rate: int) -> list[str]:
    """All words in a recording."""
    return Listener(rate).hear(np.concatenate([samples, silence(0.2, rate)]))


def words(texts: Iterable[str]) -> list[str]:
    """The words of several texts."""
    return [word for text in texts for word in text.split()]
