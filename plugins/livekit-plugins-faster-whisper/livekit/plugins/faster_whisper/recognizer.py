"""The model that all streams of a process share, behind one thread."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
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
        self._closed = False
        self._is_warmed = False

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
    def transcribing(
        self,
        audio: Samples,
        language: str | None,
        *,
        candidates: Sequence[str] = (),
        task: Task = "transcribe",
        keyterms: Sequence[str] = (),
    ) -> Generator[None, None, Hypothesis]:
        """Recognise finished audio of any length in parts, between which others may use the model.

        Each part is blocking.

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
        self._is_warmed = True
        self._executor.submit(self._run, self._decode_silence).result()

    def prewarm(self) -> None:
        """Have a second of silence decoded before what comes, once. Never blocks."""
        if not self._is_warmed:
            self._is_warmed = True
            self._executor.submit(self._run, self._decode_silence)

    def _decode_silence(self) -> None:
        silence = np.zeros(SAMPLE_RATE, dtype=np.float32)
        self.decode(DecodeRequest(audio=silence, offset=0.0, speech_end=0.0))

    def submit(self, work: Callable[[], T]) -> asyncio.Future[T]:
        """Run ``work`` on the model's thread. Cancelling drops it unless it has begun."""
        return asyncio.get_running_loop().run_in_executor(self._executor, self._run, work)

    async def in_turns(self, work: Generator[None, None, T]) -> T:
        """Run ``work`` on the model's thread, where others have their turn at each ``yield``.

        Cancelling ends it at the next one.
        """
        while True:
            if (result := await self.submit(partial(_part_of, work))) is not None:
                return result[0]

    def _run(self, work: Callable[[], T]) -> T:
        if self._closed:
            # As the executor says to who comes later. Cancelled, who waits would seem so himself.
            raise RuntimeError("cannot begin work after shutdown")
        with self._busy:
            return work()

    def close(self) -> None:
        """Finish the running decode, fail the waiting ones, end the thread."""
        self._closed = True
        self._executor.shutdown(wait=True)


def _part_of(work: Generator[None, None, T]) -> tuple[T] | None:
    """Run ``work`` up to its next ``yield``; its result in a tuple where it has ended."""
    try:
        next(work)
    except StopIteration as end:
        return (end.value,)
    return None
