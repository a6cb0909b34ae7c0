"""Kokoro as a LiveKit voice."""

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path

from livekit.agents import APIConnectOptions, APIError, tts, utils
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN, NotGivenOr
from livekit.agents.utils import is_given

from .engine import SAMPLE_RATE, Engine, clauses
from .models import MODEL_FILE, VOICES_FILE, default_folder
from .voices import language_of

_SILENCE = b"\0\0" * (SAMPLE_RATE // 100)


@dataclass(frozen=True, slots=True)
class _Options:
    voice: str
    espeak_language: str
    speed: float


class TTS(tts.TTS[str]):
    """Offline neural voices for en, es, fr, hi, it, ja, pt and zh.

    Args:
        language: BCP-47.
        voice: one of the names in the voices file; None for the language's default.
        speed: 0.5 to 2.0.
        model, voices: the files; the shared model folder when not given.
        engine: an engine that is already loaded and shared; closed by its owner.

    Raises:
        ValueError: no voice for the language, an unknown voice or a damaged file.
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
        spoken = language_of(language)
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
            ValueError: unknown voice, or a speed outside 0.5 to 2.0.
        """
        if is_given(voice):
            if voice not in self._engine.voice_names:
                names = ", ".join(self._engine.voice_names)
                raise ValueError(f"Kokoro has no voice {voice!r}; it has {names}")
            self._options = replace(self._options, voice=voice)
        if is_given(speed):
            if not 0.5 <= speed <= 2.0:
                raise ValueError(f"Kokoro speaks at 0.5 to 2.0 times its speed, not {speed}")
            self._options = replace(self._options, speed=speed)

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> tts.ChunkedStream:
        return _Stream(
            tts=self,
            input_text=text,
            conn_options=conn_options,
            engine=self._engine,
            options=self._options,
        )

    async def aclose(self) -> None:
        if self._owns_engine:
            await asyncio.to_thread(self._engine.close)


class _Stream(tts.ChunkedStream):
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
        loop = asyncio.get_running_loop()
        spoken = False
        for clause in clauses(self.input_text):
            if not any(c.isalnum() for c in clause):
                continue
            try:
                pcm = await loop.run_in_executor(
                    self._engine.executor, self._synthesize_clause, clause
                )
            except (ValueError, RuntimeError) as error:
                raise APIError(f"Kokoro failed: {error}", retryable=False) from None
            output_emitter.push(pcm)
            spoken = True
        if not spoken:
            # The base class takes no audio at all for a failure; a lone "…" is none.
            output_emitter.push(_SILENCE)
        output_emitter.flush()

    def _synthesize_clause(self, clause: str) -> bytes:
        options = self._options
        samples = self._engine.synthesize(
            clause,
            voice=options.voice,
            espeak_language=options.espeak_language,
            speed=options.speed,
        )
        return samples.tobytes()
