"""A language of tones: every word is a frequency, so that audio can be read back exactly.

A word of another language is the same word with the language behind it, an octave band higher.
"""

from collections import defaultdict
from collections.abc import Iterable
from itertools import takewhile
from statistics import median

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]

WORD_SECONDS = 0.24
GAP_SECONDS = 0.06
WINDOW_SECONDS = 0.04
# Half the distance between two words.
_TOLERANCE_HERTZ = 45.0
_LOUD = 600.0
# A word has six windows, seven where it was stretched. One on its edge may show anything once.
_WORD_WINDOWS = 7
_LEAST_WINDOWS = 3
# The longest hole seen under load is 0.2 s; the next tone but one begins 0.36 s later.
HOLE_SECONDS = 0.24
_HOLE_WINDOWS = round(HOLE_SECONDS / WINDOW_SECONDS)

_SOURCE = dict(
    zip("alpha bravo charlie delta echo over.".split(), range(400, 1000, 100), strict=True)
)
_OFFSETS = {"": 0, "es": 1000, "fr": 2000, "de": 3000}


def translate(text: str, language: str) -> str:
    """``text`` word by word in another language: "alpha over." is "alphaes overes."."""
    return " ".join(_translated(word, language) for word in text.split())


def _in(language: str, word: str) -> str:
    return f"{word[:-1]}{language}." if word.endswith(".") else f"{word}{language}"


_ORIGINS = {_in(language, word): (word, language) for language in _OFFSETS for word in _SOURCE}
FREQUENCIES = {
    word: float(_SOURCE[source] + _OFFSETS[language])
    for word, (source, language) in _ORIGINS.items()
}


def language_of(word: str) -> str:
    """The language that a word belongs to; English where there is none behind it."""
    return _ORIGINS.get(word, ("", ""))[1] or "en"


def _translated(word: str, language: str) -> str:
    source, _ = _ORIGINS.get(word.lower(), (word, ""))
    if word[0].isupper():
        source = source.capitalize()
    return _in("" if language == "en" else language, source)


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
    """Reads tones back from audio as it comes, each when it is over for ``HOLE_SECONDS``.

    A machine under load tears holes into a tone, so that it is heard in pieces: tones count by how
    long they are altogether.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._rest = _silence(0.0, rate)
        # The windows in which each tone was heard.
        self._heard: defaultdict[str, list[int]] = defaultdict(list)
        self._windows = 0
        self._quiet = 0

    @property
    def seconds(self) -> float:
        """How much was heard."""
        return self._windows * WINDOW_SECONDS

    @property
    def quiet_seconds(self) -> float:
        """Silence since the last tone."""
        return self._quiet * WINDOW_SECONDS

    def hear(self, samples: Samples) -> list[str]:
        """The words that are over in ``samples``."""
        self._rest = np.concatenate([self._rest, samples])
        size = int(WINDOW_SECONDS * self._rate)
        words: list[str] = []
        while len(self._rest) >= size:
            window, self._rest = self._rest[:size], self._rest[size:]
            words += self._window(_tone(window, self._rate))
        return words

    def _window(self, tone: str | None) -> list[str]:
        self._windows += 1
        self._quiet = 0 if tone else self._quiet + 1
        if tone is not None:
            self._heard[tone].append(self._windows)
        return [word for ended in self._ended() for word in self._told(ended)]

    def _ended(self) -> list[str]:
        """In the order of their middles: a window that seems to have one of them once more, as at
        the edge of another, makes it end late and come no later."""
        in_order = sorted(self._heard, key=lambda tone: median(self._heard[tone]))
        return list(takewhile(self._is_over, in_order))

    def _is_over(self, tone: str) -> bool:
        return self._windows - self._heard[tone][-1] >= _HOLE_WINDOWS

    def _told(self, tone: str) -> list[str]:
        lasted = len(self._heard.pop(tone))
        return [tone] * ((lasted + _WORD_WINDOWS - _LEAST_WINDOWS) // _WORD_WINDOWS)


def _tone(window: Samples, rate: int) -> str | None:
    if float(np.sqrt(np.mean(window.astype(np.float64) ** 2))) < _LOUD:
        return None
    spectrum = np.abs(np.fft.rfft(window * np.hanning(len(window)), n=8 * len(window)))
    frequency = float(np.argmax(spectrum)) * rate / (8 * len(window))
    word, nearest = min(FREQUENCIES.items(), key=lambda item: abs(item[1] - frequency))
    return word if abs(nearest - frequency) <= _TOLERANCE_HERTZ else None


def read(samples: Samples, rate: int) -> list[str]:
    """All words in a recording."""
    return Listener(rate).hear(np.concatenate([samples, silence(2 * HOLE_SECONDS, rate)]))


def words(texts: Iterable[str]) -> list[str]:
    """The words of several texts."""
    return [word for text in texts for word in text.split()]
