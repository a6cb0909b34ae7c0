"""Kokoro as a LiveKit voice."""

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from livekit.agents import APIConnectOptions, APIError, APITimeoutError, tts, utils
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN, NotGivenOr
from livekit.agents.utils import is_given
from numpy.typing import NDArray

from .audio import SAMPLE_RATE, silence
from .clauses import clauses, pause_after
from .engine import Engine
from .models import MODEL_FILE, VOICES_FILE, default_folder
from .phonemes import require
from .readings import read
from .voices import Language, language_of


@dataclass(frozen=True, slots=True)
class _Options:
    voice: str
    espeak_language: str
    speed: float


class TTS(tts.TTS[str]):
    """Offline neural voices for en, es, fr, hi, it, ja, pt and zh.

    Args:
        language: BCP-47. ja and zh need the distribution's extra of that name.
        voice: one of the names in the voices file, or several with ``+`` between them for a voice
            in the middle; None for the language's default.
        speed: a multiple of the voice's own, 0.5 to 2.0.
        model, voices: the files; those in the shared model folder when not given.
        engine: an engine that is already loaded and shared; closed by its owner.

    Raises:
        ValueError: no voice for the language, an unknown voice, a missing phonemizer or a damaged
            file.
        FileNotFoundError: a file is missing.
    """

    def __init__(
        self,
        *,
        language: str,
        voice: str | None = None,
        speed: float = 1.0,
        model: str | Path | None = None,
        voices: str | Path | None = None,
        engine: Engine | None = None,
    ) -> None:
        super().__init__(
            capabilities=tts.TTSCapabilities(streaming=False),
            sample_rate=SAMPLE_RATE,
            num_channels=1,
        )
        spoken = check_language(language)
        self._owns_engine = engine is None
        self._engine = engine or Engine.load(
            model=Path(model) if model else default_folder() / MODEL_FILE,
            voices=Path(voices) if voices else default_folder() / VOICES_FILE,
        )
        self._options = _Options(spoken.default_voice, spoken.espeak, 1.0)
        self.update_options(voice=voice or spoken.default_voice, speed=speed)

    @property
    def model(self) -> str:
        return "kokoro-82m"

    @property
    def provider(self) -> str:
        return "kokoro"

    def update_options(
        self, *, speed: NotGivenOr[float] = NOT_GIVEN, voice: NotGivenOr[str] = NOT_GIVEN
    ) -> None:
        """Change the voice or speed of syntheses from now on.

        Raises:
            ValueError: unknown voice, or a speed outside 0.5 to 2.0. Nothing changes.
        """
        options = self._options
        if is_given(voice):
            self._engine.check_voice(voice)
            options = replace(options, voice=voice)
        if is_given(speed):
            if not 0.5 <= speed <= 2.0:
                raise ValueError(f"Kokoro speaks at 0.5 to 2.0 times its speed, not {speed}")
            options = replace(options, speed=speed)
        self._options = options

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> "ChunkedStream":
        return ChunkedStream(
            tts=self,
            input_text=text,
            conn_options=conn_options,
            engine=self._engine,
            options=self._options,
        )

    async def aclose(self) -> None:
        """Close the engine unless it is shared."""
        if self._owns_engine:
            await asyncio.to_thread(self._engine.close)


def check_language(language: str) -> Language:
    """How Kokoro speaks ``language`` (BCP-47). Needs no model.

    Raises:
        ValueError: it has no voice for it, or the phonemizer is missing; says what there is, or
            what to install.
    """
    spoken = language_of(language)
    require(spoken.espeak)
    return spoken


class ChunkedStream(tts.ChunkedStream):
    """One text, spoken clause by clause."""

    def __init__(
        self,
        *,
        tts: TTS,
        input_text: str,
        conn_options: APIConnectOptions,
        engine: Engine,
        options: _Options,
    ) -> None:
        super().__init__(tts=tts, input_text=input_text, conn_options=conn_options)
        self._engine = engine
        self._options = options

    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        output_emitter.initialize(
            request_id=utils.shortuuid(),
            sample_rate=SAMPLE_RATE,
            num_channels=1,
            mime_type="audio/pcm",
        )
        heard = _Heard(output_emitter)
        # A point is no pause once its abbreviation is read.
        for clause in clauses(read(self.input_text, self._options.espeak_language)):
            before = heard.bytes
            await self._speak(clause, heard)
            if heard.bytes > before:
                heard.pause = pause_after(clause) / self._options.speed
        if not heard.bytes:
            # The base class takes no audio at all for a failure; a lone "…" is none.
            output_emitter.push(silence(0.01))
        output_emitter.flush()

    async def _speak(self, clause: str, heard: "_Heard") -> None:
        """Emit 16-bit audio of one clause. What has been heard is not said again by a retry."""
        options, limit = self._options, self._conn_options.timeout
        try:
            async with asyncio.timeout(limit):
                await self._engine.synthesize_async(
                    clause,
                    voice=options.voice,
                    espeak_language=options.espeak_language,
                    speed=options.speed,
                    on_piece=heard.push,
                )
        except TimeoutError:
            raise APITimeoutError(
                f"no speech from Kokoro within {limit:g} s; use fewer languages per worker, "
                "another TTS engine or a longer timeout in conn_options",
                retryable=not heard.bytes,
            ) from None
        except (ValueError, RuntimeError) as error:
            raise APIError(f"Kokoro cannot speak: {error}", retryable=False) from None


@dataclass(slots=True)
class _Heard:
    """Passes audio on; ``pause`` is the silence before what comes next, in seconds."""

    emitter: tts.AudioEmitter
    pause: float = 0.0
    bytes: int = 0

    def push(self, samples: NDArray[np.int16]) -> None:
        if samples.size:
            self.emitter.push(silence(self.pause) + samples.tobytes())
            self.bytes += samples.nbytes
            self.pause = 0.0
