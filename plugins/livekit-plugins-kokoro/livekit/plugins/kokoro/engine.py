"""The Kokoro model: loaded once in a process, used by every voice."""

import asyncio
import hashlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
import onnxruntime
from kokoro_onnx.session import embedded_vocab
from kokoro_onnx.tokenizer import Tokenizer
from numpy.typing import NDArray

from .audio import to_pcm
from .busy import BusyTime
from .models import remedy
from .pace import asked_speed
from .phonemes import Phonemizer, free_pronunciations
from .preparation import prepared
from .speech_model import Saying, SpeechModel, WholeModel, WindowedModel
from .statistics import statistics_of
from .voices import gain_of, names_in

_Style = NDArray[np.float32]
_Pcm = NDArray[np.int16]
# So many voices are at hand, half a megabyte each.
_STYLES = 64


class Engine:
    """Weights, voices and the one thread that computes.

    Jobs run one at a time in the order of asking: two at once would each take twice as long. A
    stream asks for one clause at a time, so streams take turns.

    Args:
        model: token numbers, style and speed in, samples out.
        voices: style vectors by voice name, shape (510, 1, 256): one row per number of tokens.
    """

    def __init__(self, model: SpeechModel, voices: Mapping[str, _Style]) -> None:
        self._model = model
        self._voices = voices
        self._names = sorted(voices)
        self._style = lru_cache(maxsize=_STYLES)(self._new_style)
        self._phonemizer = Phonemizer(Tokenizer(vocab=embedded_vocab(model.session)))
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="kokoro")
        self._running: set[onnxruntime.RunOptions] = set()
        self._busy = BusyTime()
        self._closed = False

    @classmethod
    def load(cls, *, model: Path, voices: Path, threads: int = 1) -> "Engine":
        """Load the files. Blocking; a second, and some more the first time.

        Args:
            threads: of one synthesis. More are faster alone and slower beside other models.

        Raises:
            FileNotFoundError, ValueError: a file is missing or not what it should be.
        """
        for path in (model, voices):
            if not path.is_file():
                raise FileNotFoundError(f"Kokoro's {path} is missing. {remedy(path)}")
        try:
            speech = _speech_model(model, threads)
            with np.load(voices) as styles:
                return cls(speech, dict(styles))
        except Exception as error:  # noqa: BLE001 - onnxruntime and numpy raise their own kinds
            raise ValueError(
                f"{model} or {voices} cannot be loaded ({error}). Delete both. {remedy(model)}"
            ) from None

    @property
    def voice_names(self) -> list[str]:
        return self._names

    def check_voice(self, voice: str) -> None:
        """Raise a ValueError, with the names there are, if this is no voice.

        Names with ``+`` between them are a voice too, the mean of theirs.
        """
        for name in names_in(voice):
            if name not in self._voices:
                raise ValueError(f"Kokoro has no voice {name!r}; it has {', '.join(self._names)}")

    @property
    def busy(self) -> bool:
        """Whether it computes now; any thread."""
        return self._busy.now

    @property
    def busy_seconds(self) -> float:
        """How long its thread has computed so far; any thread."""
        return self._busy.seconds

    @property
    def closed(self) -> bool:
        return self._closed

    def synthesize(self, text: str, *, voice: str, espeak_language: str, speed: float) -> _Pcm:
        """Mono 24 kHz samples of ``text``, silence trimmed. Blocking: waits for its turn.

        Args:
            text: as it is to be spoken; :func:`.readings.read` puts signs into words.
            speed: 1.0 is the pace at which the voice says whole sentences.
        """
        asked = _Asked(text, voice, espeak_language, speed)
        return self._executor.submit(self._compute, asked, _ignore).result()

    async def synthesize_async(
        self,
        text: str,
        *,
        voice: str,
        espeak_language: str,
        speed: float,
        on_piece: Callable[[_Pcm], object] | None = None,
    ) -> _Pcm:
        """Like :meth:`synthesize`. Cancelling leaves the queue, or stops the computation.

        Args:
            on_piece: called on the event loop with each piece of the samples, as soon as it is
                there.

        Raises:
            RuntimeError: the model failed, or the engine is closed.
        """
        asked = _Asked(text, voice, espeak_language, speed)
        loop = asyncio.get_running_loop()

        def deliver(piece: _Pcm) -> None:
            # Who has been cancelled wants no more of it.
            if on_piece is not None and not asked.options.terminate:
                on_piece(piece)

        def emit(piece: _Pcm) -> None:
            loop.call_soon_threadsafe(deliver, piece)

        job = loop.run_in_executor(self._executor, self._compute, asked, emit)
        try:
            return await job
        except asyncio.CancelledError:
            asked.options.terminate = True
            task = asyncio.current_task()
            if self._closed and task is not None and not task.cancelling():
                # Closing took the job out of the queue; nobody cancelled the caller.
                raise RuntimeError("the engine was closed") from None
            raise

    def close(self) -> None:
        """Stop the running job, drop those that wait and end the thread."""
        self._closed = True
        for options in tuple(self._running):
            options.terminate = True
        self._executor.shutdown(wait=True, cancel_futures=True)
        free_pronunciations()

    def _compute(self, asked: "_Asked", emit: Callable[[_Pcm], object]) -> _Pcm:
        self._running.add(asked.options)
        pieces = []
        try:
            with self._busy:
                for piece in self._pieces(asked):
                    emit(piece)
                    pieces.append(piece)
        finally:
            self._running.discard(asked.options)
        return np.concatenate(pieces) if pieces else np.zeros(0, np.int16)

    def _pieces(self, asked: "_Asked") -> Iterator[_Pcm]:
        style, digest = self._style(asked.voice)
        after_mark = not asked.text.rstrip()[-1:].isalnum()
        for tokens in self._phonemizer.tokens(asked.text, asked.espeak_language):
            speed = asked_speed(
                asked.speed, sounds=len(tokens), espeak_language=asked.espeak_language
            )
            row = style[min(len(tokens), len(style)) - 1]
            saying = Saying(tokens, row, speed, voice=digest)
            try:
                pieces = self._model.say(saying, asked.options)
                yield from to_pcm(pieces, after_mark=after_mark, gain=gain_of(asked.voice))
            except Exception as error:  # noqa: BLE001 - onnxruntime's errors share no other base
                raise RuntimeError(f"{type(error).__name__}: {error}") from error

    def _new_style(self, voice: str) -> tuple[_Style, str]:
        """And its digest, which tells voices apart whatever they are called."""
        blended = [self._voices[name] for name in names_in(voice)]
        style: _Style = blended[0] if len(blended) == 1 else np.mean(blended, axis=0)
        return style, hashlib.sha256(style.tobytes()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A job; ``options`` is what stops it."""

    text: str
    voice: str
    espeak_language: str
    speed: float
    options: onnxruntime.RunOptions = field(default_factory=onnxruntime.RunOptions)


def _ignore(piece: _Pcm) -> None:
    """For those who wait for the whole."""


def _speech_model(file: Path, threads: int) -> SpeechModel:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Spinning workers burn a core that the other models of the process need.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    made = prepared(file)
    sessions = [
        onnxruntime.InferenceSession(part, options, providers=["CPUExecutionProvider"])
        for part in made.parts
    ]
    if len(sessions) == 1:
        return WholeModel(sessions[0])
    first, second = sessions
    return WindowedModel(first, second, statistics_of(made.digest))
