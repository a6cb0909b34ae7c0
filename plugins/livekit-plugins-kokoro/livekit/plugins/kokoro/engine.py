"""The Kokoro model: loaded once in a process, used by every voice."""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
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
from .voices import gain_of, names_in

_Style = NDArray[np.float32]


class Engine:
    """Weights, voices and the one thread that computes.

    Jobs run one at a time in the order of asking: two at once would each take twice as long. A
    stream asks for one clause at a time, so streams take turns.

    Args:
        session: the model; token numbers, style and speed in, samples out.
        voices: style vectors by voice name, shape (510, 1, 256): one row per number of tokens.
    """

    def __init__(self, session: onnxruntime.InferenceSession, voices: Mapping[str, _Style]) -> None:
        self._session = session
        self._voices = voices
        self._names = sorted(voices)
        self._phonemizer = Phonemizer(Tokenizer(vocab=embedded_vocab(session)))
        # Exports differ in the name of the token input: "tokens" or "input_ids".
        names = {node.name for node in session.get_inputs()}
        self._token_input = (names - {"style", "speed"}).pop()
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
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Spinning workers burn a core that the other models of the process need.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            session = onnxruntime.InferenceSession(
                prepared(model), options, providers=["CPUExecutionProvider"]
            )
            with np.load(voices) as styles:
                return cls(session, dict(styles))
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

    def synthesize(
        self, text: str, *, voice: str, espeak_language: str, speed: float
    ) -> NDArray[np.int16]:
        """Mono 24 kHz samples of ``text``, silence trimmed. Blocking: waits for its turn.

        Args:
            text: as it is to be spoken; :func:`.readings.read` puts signs into words.
            speed: 1.0 is the pace at which the voice says whole sentences.
        """
        options = onnxruntime.RunOptions()
        job = self._executor.submit(self._compute, text, voice, espeak_language, speed, options)
        return job.result()

    async def synthesize_async(
        self, text: str, *, voice: str, espeak_language: str, speed: float
    ) -> NDArray[np.int16]:
        """Like :meth:`synthesize`. Cancelling leaves the queue, or stops the computation.

        Raises:
            RuntimeError: the model failed, or the engine is closed.
        """
        options = onnxruntime.RunOptions()
        loop = asyncio.get_running_loop()
        job = loop.run_in_executor(
            self._executor, self._compute, text, voice, espeak_language, speed, options
        )
        try:
            return await job
        except asyncio.CancelledError:
            options.terminate = True
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

    def _compute(
        self,
        text: str,
        voice: str,
        espeak_language: str,
        speed: float,
        options: onnxruntime.RunOptions,
    ) -> NDArray[np.int16]:
        self._running.add(options)
        try:
            with self._busy:
                style = self._style(voice)
                batches = self._phonemizer.tokens(text, espeak_language)
                after_mark = not text.rstrip()[-1:].isalnum()
                parts = []
                for batch in batches:
                    asked = asked_speed(speed, sounds=len(batch), espeak_language=espeak_language)
                    samples = self._infer(batch, style, asked, options)
                    parts.append(to_pcm(samples, after_mark=after_mark, gain=gain_of(voice)))
        finally:
            self._running.discard(options)
        return np.concatenate(parts) if parts else np.zeros(0, np.int16)

    def _style(self, voice: str) -> _Style:
        blended = [self._voices[name] for name in names_in(voice)]
        return blended[0] if len(blended) == 1 else np.mean(blended, axis=0)

    def _infer(
        self, tokens: list[int], style: _Style, speed: float, options: onnxruntime.RunOptions
    ) -> NDArray[np.float32]:
        inputs = {
            self._token_input: np.array([[0, *tokens, 0]], np.int64),
            "style": style[min(len(tokens), len(style)) - 1],
            "speed": np.array([speed], np.float32),
        }
        try:
            outputs = self._session.run(None, inputs, options)
        except Exception as error:  # noqa: BLE001 - onnxruntime's errors share no other base
            raise RuntimeError(f"{type(error).__name__}: {error}") from error
        return np.asarray(outputs[0], np.float32).ravel()
