"""The Kokoro model: loaded once in a process, used by every voice."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime
from kokoro_onnx import Kokoro
from numpy.typing import NDArray

SAMPLE_RATE = 24000
# The model surrounds speech with about 0.3 s of near silence. What is left of it after trimming
# keeps consonants whole and joined clauses natural.
_KEEP_BEFORE, _KEEP_AFTER, _FADE = 0.03, 0.08, 0.005
_SILENCE_LEVEL = 0.01
_CLAUSE = re.compile(r"[^,;:.!?…，。；：！？、]+[,;:.!?…，。；：！？、]*\s*")
_MIN_CLAUSE_CHARACTERS = 20


class Engine:
    """Weights, voices and the one thread that computes.

    Jobs run one at a time in the order of asking: two at once would each take twice as long.
    """

    def __init__(self, kokoro: Kokoro) -> None:
        self._kokoro = kokoro
        self.executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="kokoro")

    @classmethod
    def load(cls, *, model: Path, voices: Path, threads: int = 1) -> "Engine":
        """Load the files. Blocking; half a second.

        Args:
            threads: of one synthesis. More are faster alone and slower beside other models.

        Raises:
            FileNotFoundError, ValueError: a file is missing or not what it should be.
        """
        for path in (model, voices):
            if not path.is_file():
                raise FileNotFoundError(f"Kokoro needs {path}, which is not there.")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Spinning workers burn a core that the other models of the process need.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            session = onnxruntime.InferenceSession(
                str(model), options, providers=["CPUExecutionProvider"]
            )
            return cls(Kokoro.from_session(session, str(voices)))
        except Exception as error:  # noqa: BLE001 - onnxruntime and numpy raise their own kinds
            raise ValueError(
                f"{model} or {voices} cannot be loaded ({error}). Delete both and fetch them again."
            ) from None

    @property
    def voice_names(self) -> list[str]:
        return sorted(self._kokoro.voices)

    def synthesize(
        self, text: str, *, voice: str, espeak_language: str, speed: float
    ) -> NDArray[np.int16]:
        """Mono 24 kHz samples of ``text``, silence trimmed. Blocking; for the executor."""
        samples, _ = self._kokoro.create(
            text, voice=voice, speed=speed, lang=espeak_language, trim=False
        )
        return to_pcm(samples)

    def close(self) -> None:
        """Finish the running job and stop the thread."""
        self.executor.shutdown(wait=True, cancel_futures=True)


def to_pcm(samples: NDArray[np.float32]) -> NDArray[np.int16]:
    """16-bit samples without the silence around speech, faded at both ends."""
    loud = np.flatnonzero(np.abs(samples) > _SILENCE_LEVEL)
    if loud.size:
        start = max(int(loud[0]) - int(_KEEP_BEFORE * SAMPLE_RATE), 0)
        samples = samples[start : int(loud[-1]) + int(_KEEP_AFTER * SAMPLE_RATE)].copy()
    ramp = np.linspace(0.0, 1.0, min(int(_FADE * SAMPLE_RATE), len(samples)), dtype=np.float32)
    samples[: len(ramp)] *= ramp
    samples[len(samples) - len(ramp) :] *= ramp[::-1]
    return (np.clip(samples, -1.0, 1.0) * 32767).astype(np.int16)


def clauses(text: str) -> Iterator[str]:
    """Pieces of ``text`` that are worth a synthesis of their own, in order."""
    piece = ""
    for match in _CLAUSE.finditer(text):
        piece += match.group()
        if len(piece) >= _MIN_CLAUSE_CHARACTERS:
            yield piece.strip()
            piece = ""
    if piece.strip():
        yield piece.strip()
