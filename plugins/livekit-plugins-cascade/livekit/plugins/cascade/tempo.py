"""Speeding up audio that is already synthesised, without changing its pitch."""

from collections.abc import Iterator
from fractions import Fraction

import av
import av.filter
import numpy as np
from av.filter.context import FilterContext

from livekit import rtc


class Tempo:
    """FFmpeg's ``atempo`` (WSOLA) over 16-bit mono frames, at a tempo that may change.

    Args:
        sample_rate: of the frames that will come.
    """

    def __init__(self, *, sample_rate: int) -> None:
        self._sample_rate = sample_rate
        self._ratio = 1.0
        self._filter: _Filter | None = None
        self._pushed = 0

    def set_ratio(self, ratio: float) -> None:
        """What is pushed from now on is so much shorter: 1.25 makes four seconds of five.

        Args:
            ratio: 1.0 to 2.0.
        """
        if ratio == self._ratio:
            return
        self._ratio = ratio
        if self._filter is None:
            self._filter = _Filter(self._sample_rate, ratio)
        else:
            self._filter.tempo.process_command("tempo", f"{ratio:.3f}")

    def push(self, frame: rtc.AudioFrame) -> Iterator[rtc.AudioFrame]:
        """The audio that ``frame`` completes; the filter keeps some 50 ms back, and is not there
        before there is something to change."""
        if self._filter is None:
            yield frame
            return
        samples = np.frombuffer(frame.data, dtype=np.int16)[np.newaxis]
        piece = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        piece.sample_rate = self._sample_rate
        piece.time_base = Fraction(1, self._sample_rate)
        piece.pts = self._pushed
        self._pushed += frame.samples_per_channel
        self._filter.source.push(piece)
        yield from self._pull(self._filter.sink)

    def flush(self) -> Iterator[rtc.AudioFrame]:
        """The rest. Nothing can be pushed afterwards."""
        if self._filter is not None:
            self._filter.source.push(None)
            yield from self._pull(self._filter.sink)

    def _pull(self, sink: FilterContext) -> Iterator[rtc.AudioFrame]:
        while True:
            try:
                piece = sink.pull()
            except (av.BlockingIOError, av.EOFError):
                return
            if not isinstance(piece, av.AudioFrame):
                raise TypeError(f"the filter gave a {type(piece).__name__}")
            data = np.ascontiguousarray(piece.to_ndarray(), dtype=np.int16).tobytes()
            yield rtc.AudioFrame(data, self._sample_rate, 1, len(data) // 2)


class _Filter:
    """The graph, from what is pushed to what is pulled."""

    def __init__(self, sample_rate: int, ratio: float) -> None:
        # Nothing else keeps it alive.
        self._graph = graph = av.filter.Graph()
        self.source = graph.add_abuffer(
            sample_rate=sample_rate, format="s16", layout="mono", time_base=Fraction(1, sample_rate)
        )
        self.tempo = graph.add("atempo", f"{ratio:.3f}")
        form = graph.add("aformat", "sample_fmts=s16:channel_layouts=mono")
        self.sink = graph.add("abuffersink")
        self.source.link_to(self.tempo)
        self.tempo.link_to(form)
        form.link_to(self.sink)
        graph.configure()
