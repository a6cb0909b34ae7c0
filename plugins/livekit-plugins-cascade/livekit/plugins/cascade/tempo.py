"""Speeding up audio that is already synthesised, without changing its pitch."""

from collections.abc import Iterator
from fractions import Fraction

import av
import av.filter
import numpy as np

from livekit import rtc


class Tempo:
    """FFmpeg's ``atempo`` (WSOLA) over 16-bit mono frames.

    Args:
        sample_rate: of the frames that will come.
        ratio: 1.25 makes four seconds of five; 0.5 to 2.0.
    """

    def __init__(self, *, sample_rate: int, ratio: float) -> None:
        self._sample_rate = sample_rate
        self._pushed = 0
        graph = av.filter.Graph()
        self._source = graph.add_abuffer(
            sample_rate=sample_rate, format="s16", layout="mono", time_base=Fraction(1, sample_rate)
        )
        tempo = graph.add("atempo", f"{ratio:.3f}")
        form = graph.add("aformat", "sample_fmts=s16:channel_layouts=mono")
        self._sink = graph.add("abuffersink")
        self._source.link_to(tempo)
        tempo.link_to(form)
        form.link_to(self._sink)
        graph.configure()
        self._graph = graph

    def push(self, frame: rtc.AudioFrame) -> Iterator[rtc.AudioFrame]:
        """The audio that ``frame`` completes; the filter keeps some 50 ms back."""
        samples = np.frombuffer(frame.data, dtype=np.int16)[np.newaxis]
        piece = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        piece.sample_rate = self._sample_rate
        piece.time_base = Fraction(1, self._sample_rate)
        piece.pts = self._pushed
        self._pushed += frame.samples_per_channel
        self._source.push(piece)
        yield from self._pull()

    def flush(self) -> Iterator[rtc.AudioFrame]:
        """The rest. Nothing can be pushed afterwards."""
        self._source.push(None)
        yield from self._pull()

    def _pull(self) -> Iterator[rtc.AudioFrame]:
        while True:
            try:
                piece = self._sink.pull()
            except (av.BlockingIOError, av.EOFError):
                return
            if not isinstance(piece, av.AudioFrame):
                raise TypeError(f"the filter gave a {type(piece).__name__}")
            data = np.ascontiguousarray(piece.to_ndarray(), dtype=np.int16).tobytes()
            yield rtc.AudioFrame(data, self._sample_rate, 1, len(data) // 2)
