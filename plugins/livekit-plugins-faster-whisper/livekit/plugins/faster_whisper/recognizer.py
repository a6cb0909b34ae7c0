"""The model that all streams of a process share, behind one thread."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from .audio_buffer import SAMPLE_RATE, Samples
from .busy import BusyTime
from .decoding import AudioContext, DecodeRequest, Hypothesis, Task

if TYPE_CHECKING:
    from .whisper import WhisperRecognizer

T = TypeVar("T")


class Recognizer(ABC):
    """A speech model and the single thread it runs on.

    The thread takes work in the order it was submitted. A stream submits one decode at a time, so
    the queue is never longer than the number of streams and serves them in turn.
    """

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="whisper")
        self._busy = BusyTime()

    @staticmethod
    def load(
        model: str | Path | None = None,
        *,
        device: str = "cpu",
        compute_type: str = "int8",
        cpu_threads: int = 1,
        beam_size: int = 1,
        context: AudioContext | None = None,
        tune_allocator: bool = False,
    ) -> "WhisperRecognizer":
        """Load a Whisper model. Blocking; a second or less for ``base``.

        Args:
            model: a folder, or the name of a model in the default folder; None for ``base``.
            device, compute_type: as in CTranslate2.
            cpu_threads: decoding does not get faster with more than one.
            beam_size: hypotheses that a step of a stream keeps in view.
            context: how much padding the encoder sees.
            tune_allocator: keep freed memory mapped, see :mod:`.allocator`. Process-wide.

        Raises:
            FileNotFoundError: no such model, or one of its files is missing.
            ValueError: its files cannot be read.
        """
        from .whisper import WhisperRecognizer

        return WhisperRecognizer(
            model,
            device=device,
            compute_type=compute_type,
            cpu_threads=cpu_threads,
            beam_size=beam_size,
            context=context,
            tune_allocator=tune_allocator,
        )

    @property
    @abstractmethod
    def name(self) -> str:
        """The model's name, for metrics."""

    @property
    @abstractmethod
    def languages(self) -> frozenset[str]:
        """Codes of the languages it recognises."""

    @abstractmethod
    def decode(self, request: DecodeRequest) -> Hypothesis:
        """One step of a stream. Blocking."""

    @abstractmethod
    def transcribe(
        self,
        audio: Samples,
        language: str | None,
        *,
        candidates: Sequence[str] = (),
        task: Task = "transcribe",
        keyterms: Sequence[str] = (),
    ) -> Hypothesis:
        """Recognise finished audio of any length. Blocking.

        Args:
            language: Whisper code; None for the likeliest of ``candidates``, or of all.
        """

    def fitting(self, keyterms: Sequence[str]) -> tuple[str, ...]:
        """Those of the words to expect that the model has room for, the first ones first."""
        return tuple(keyterms)

    @property
    def busy(self) -> bool:
        """Whether it computes now; any thread."""
        return self._busy.now

    @property
    def busy_seconds(self) -> float:
        """How long its thread has computed so far; any thread."""
        return self._busy.seconds

    def warm_up(self) -> None:
        """Decode a second of silence. Blocking."""
        request = DecodeRequest(
            audio=np.zeros(SAMPLE_RATE, dtype=np.float32), offset=0.0, speech_end=0.0
        )
        self._executor.submit(self.decode, request).result()

    def submit(self, work: Callable[[], T]) -> asyncio.Future[T]:
        """Run ``work`` on the model's thread. Cancelling drops it unless it has begun."""
        return asyncio.get_running_loop().run_in_executor(self._executor, self._run, work)

    def _run(self, work: Callable[[], T]) -> T:
        with self._busy:
            return work()

    def close(self) -> None:
        """Finish the running decode, drop the waiting ones, end the thread."""
        self._executor.shutdown(wait=True, cancel_futures=True)
