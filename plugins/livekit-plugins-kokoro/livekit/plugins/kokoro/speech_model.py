"""Running the model: token numbers and a style in, samples out, at once or piece by piece."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from .audio import SAMPLE_RATE, Piece
from .generator import AUDIO, DECODED, MEAN, MEASURE, MEASURED, SOURCE, STYLE, VARIANCE
from .statistics import Moments
from .windows import FRAME_SECONDS, Window, windows

Style = NDArray[np.float32]
Samples = NDArray[np.float32]
_FRAME_SAMPLES = int(FRAME_SECONDS * SAMPLE_RATE)
# A first guess at the seconds that a second of audio takes, replaced by what is measured.
_SHARE = 0.8
_SMOOTHING = 0.3
# A machine that was asleep meanwhile tells nothing of the next text.
_SHARES = (0.05, 2.0)
# A shorter text is too little like those that were measured (1 to 4 s) for their statistics to fit:
# with those of whole sentences "Yes." is not heard at all, and a text of .9 s is 5 dB softer.
_LEAST_FRAMES = 40


@dataclass(frozen=True, slots=True)
class Saying:
    """What to say, and how.

    Attributes:
        tokens: token numbers without the padding around them.
        style: (1, 256), that of ``voice`` for so many tokens.
        speed: what the model is asked for.
        voice: the digest of its styles, by which its statistics are known.
    """

    tokens: list[int]
    style: Style
    speed: float
    voice: str


class SpeechModel(Protocol):
    """Blocking; for one thread at a time."""

    @property
    def session(self) -> onnxruntime.InferenceSession:
        """That takes the tokens."""
        ...

    def say(self, saying: Saying, options: onnxruntime.RunOptions) -> Iterator[Piece]:
        """Its audio, in order, each piece as soon as it is there.

        Raises:
            Exception: onnxruntime's own kinds, which share no other base.
        """
        ...


class WholeModel:
    """A model in one part."""

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        self.session = session
        self._inputs = _Inputs(session)

    def say(self, saying: Saying, options: onnxruntime.RunOptions) -> Iterator[Piece]:
        outputs = self.session.run(None, self._inputs.of(saying), options)
        yield Piece(np.asarray(outputs[0], np.float32).ravel())


class WindowedModel:
    """A model in two parts, see :mod:`.generator`.

    Args:
        statistics: of the voices that can be computed piece by piece; others are computed whole, as
            short texts are.
    """

    def __init__(
        self,
        first: onnxruntime.InferenceSession,
        second: onnxruntime.InferenceSession,
        statistics: Mapping[str, Moments],
    ) -> None:
        self.session = first
        self._inputs = _Inputs(first)
        self._second = second
        self._statistics = statistics
        self._share = _SHARE
        count = sum(value.name.startswith(MEAN) for value in second.get_inputs())
        self._names = [f"{kind}{number}" for number in range(count) for kind in (MEAN, VARIANCE)]

    def say(self, saying: Saying, options: onnxruntime.RunOptions) -> Iterator[Piece]:
        values = self._decoded(saying, options)
        frames = values[DECODED].shape[2] // 2
        moments = self._statistics.get(saying.voice)
        if moments is None or frames < _LEAST_FRAMES:
            samples, _ = self._whole(values, options)
            yield Piece(samples)
            return
        for window in windows(frames, self._share):
            samples = self._heard(window, values, moments, options)
            yield Piece(samples, last=window.last == frames)

    def measured(self, saying: Saying, options: onnxruntime.RunOptions) -> tuple[Samples, Moments]:
        """All of it by its own statistics, and these."""
        return self._whole(self._decoded(saying, options), options)

    def _decoded(self, saying: Saying, options: onnxruntime.RunOptions) -> dict[str, NDArray[Any]]:
        """What the second part is given."""
        names = [DECODED, SOURCE]
        decoded, source = self.session.run(names, self._inputs.of(saying), options)
        return {DECODED: np.asarray(decoded), SOURCE: np.asarray(source), STYLE: saying.style}

    def _whole(
        self, values: dict[str, NDArray[Any]], options: onnxruntime.RunOptions
    ) -> tuple[Samples, Moments]:
        nothing = np.zeros(1, np.float32)
        inputs = values | self._given([nothing] * len(self._names), measure=True)
        names = [f"{MEASURED}{name}" for name in self._names]
        audio, *measured = self._second.run([AUDIO, *names], inputs, options)
        moments = [np.asarray(value, np.float32) for value in measured]
        pairs = list(zip(moments[::2], moments[1::2], strict=True))
        return np.asarray(audio, np.float32).ravel(), pairs

    def _heard(
        self,
        window: Window,
        values: dict[str, NDArray[Any]],
        moments: Moments,
        options: onnxruntime.RunOptions,
    ) -> Samples:
        started = time.perf_counter()
        given = [value for pair in moments for value in pair]
        inputs = _stretch(values, window) | self._given(given, measure=False)
        (audio,) = self._second.run([AUDIO], inputs, options)
        frames = window.end - window.begin
        share = (time.perf_counter() - started) / (frames * FRAME_SECONDS)
        self._share += _SMOOTHING * (min(max(share, _SHARES[0]), _SHARES[1]) - self._share)
        samples = np.asarray(audio, np.float32).ravel()
        first, last = window.first - window.begin, window.last - window.begin
        return samples[first * _FRAME_SAMPLES : last * _FRAME_SAMPLES]

    def _given(self, values: Sequence[Samples], *, measure: bool) -> dict[str, NDArray[Any]]:
        given: dict[str, NDArray[Any]] = dict(zip(self._names, values, strict=True))
        return given | {MEASURE: np.array([measure])}


class _Inputs:
    """The inputs of the session that takes the tokens."""

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        # Exports differ in the name of the token input: "tokens" or "input_ids".
        names = {node.name for node in session.get_inputs()}
        self._tokens = (names - {"style", "speed"}).pop()

    def of(self, saying: Saying) -> dict[str, NDArray[Any]]:
        return {
            self._tokens: np.array([[0, *saying.tokens, 0]], np.int64),
            "style": saying.style,
            "speed": np.array([saying.speed], np.float32),
        }


def _stretch(values: dict[str, NDArray[Any]], window: Window) -> dict[str, NDArray[Any]]:
    """The inputs of the second part for a window alone."""
    decoded, source = values[DECODED], values[SOURCE]
    steps = (source.shape[2] - 1) * 2 // decoded.shape[2]
    return {
        DECODED: decoded[:, :, 2 * window.begin : 2 * window.end],
        SOURCE: source[:, :, steps * window.begin : steps * window.end + 1],
        STYLE: values[STYLE],
    }
