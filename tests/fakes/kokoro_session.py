"""Kokoro's model without its weights: each token sounds for ``TOKEN_SECONDS``."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi.onnxruntime_pybind11_state import Fail

from livekit.plugins.kokoro import Engine
from livekit.plugins.kokoro.audio import Piece
from livekit.plugins.kokoro.speech_model import Saying, WholeModel

RATE = 24_000
TOKEN_SECONDS = 0.05
VOICES = {
    name: np.full((510, 1, 256), index, np.float32)
    for index, name in enumerate(("af_heart", "bf_emma", "ef_dora", "em_alex", "ff_siwis"))
}


class ScriptedSession(onnxruntime.InferenceSession):  # type: ignore[misc]
    """Attributes:
    runs: (tokens, style's number, speed) of each computation that began.
    failure: raised by the computations to come.
    silence: seconds of it after the speech of each computation.
    """

    def __init__(self) -> None:
        self.runs: list[tuple[int, int, float]] = []
        self.stopped = 0
        self.failure: Exception | None = None
        self.silence = 0.0
        self.began = threading.Semaphore(0)
        self.ended_early = threading.Semaphore(0)
        self._permits: threading.Semaphore | None = None

    def gate(self) -> threading.Semaphore:
        """From now on each computation ends when the semaphore is released once."""
        self._permits = threading.Semaphore(0)
        return self._permits

    def get_inputs(self) -> list[Any]:
        names = ("tokens", "style", "speed")
        return [SimpleNamespace(name=name, type="tensor(float)") for name in names]

    def get_modelmeta(self) -> Any:
        return SimpleNamespace(custom_metadata_map={})

    def run(
        self, output_names: Any, input_feed: Any, run_options: Any = None
    ) -> list[NDArray[np.float32]]:
        count = input_feed["tokens"].shape[1] - 2
        style, speed = int(input_feed["style"].flat[0]), float(input_feed["speed"][0])
        self.runs.append((count, style, round(speed, 3)))
        self.began.release()
        if self.failure is not None:
            raise self.failure
        while self._permits is not None and not self._permits.acquire(timeout=0.005):
            if run_options.terminate:
                self.stopped += 1
                self.ended_early.release()
                raise Fail("Exiting due to terminate flag being set to true.")
        time = np.arange(int(count * TOKEN_SECONDS / speed * RATE)) / RATE
        speech = 0.5 * np.sin(2 * np.pi * 220 * time)
        return [np.pad(speech, (0, int(self.silence * RATE))).astype(np.float32)]


class TwoPieces(WholeModel):
    """Says every text in two pieces, each a computation of the session."""

    def say(self, saying: Saying, options: onnxruntime.RunOptions) -> Iterator[Piece]:
        half = len(saying.tokens) // 2
        for tokens in (saying.tokens[:half], saying.tokens[half:]):
            (piece,) = super().say(replace(saying, tokens=tokens), options)
            yield replace(piece, last=tokens == saying.tokens[half:])


class WatchedEngine(Engine):
    """Attributes:
    asked: released for each job that a stream puts into the queue.
    """

    def __init__(
        self, session: ScriptedSession, model: Callable[[Any], WholeModel] = WholeModel
    ) -> None:
        super().__init__(model(session), VOICES)
        self.asked = asyncio.Semaphore(0)

    async def synthesize_async(
        self,
        text: str,
        *,
        voice: str,
        espeak_language: str,
        speed: float,
        on_piece: Callable[[NDArray[np.int16]], object] | None = None,
    ) -> NDArray[np.int16]:
        # Nothing runs on the event loop between this and the job's way into the queue.
        self.asked.release()
        return await super().synthesize_async(
            text, voice=voice, espeak_language=espeak_language, speed=speed, on_piece=on_piece
        )
