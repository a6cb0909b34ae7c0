"""The cascade as a LiveKit translation model, for ``TranslationSession``."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Any, cast

from livekit.agents import llm, stt, tts
from livekit.agents.beta.translation import (
    InputSpeechStarted,
    InputSpeechStopped,
    InputTranscript,
    OutputSpeechStopped,
    OutputTranscript,
    TranslatedAudioFrame,
    TranslationCapabilities,
    TranslationModel,
    TranslationModelError,
    TranslationModelSession,
)
from livekit.agents.utils import aio

from livekit import rtc

from .errors import CascadeError, Stage
from .log import logger
from .source import SourceStream
from .target import TargetOptions, TargetStream
from .translator import LLMTranslator
from .types import Caption, CascadeEvent

_SAMPLE_RATE = 24000
_QUEUE_SECONDS = 0.5


class CascadeTranslationModel(TranslationModel):
    """Hears one language and speaks another, out of separate models.

    Args:
        stt: a streaming recogniser.
        llm: translates; see :class:`LLMTranslator` for what it should be able to do.
        tts: a voice of the target language.
        set_speed: tells the voice the rate of the next chunk.

    The engines belong to the caller and are not closed with the model. The target language is
    fixed, since a voice speaks one language.
    """

    def __init__(
        self,
        *,
        stt: stt.STT[Any],
        llm: llm.LLM[Any],
        tts: tts.TTS[Any],
        target_language: str,
        source_language: str,
        set_speed: Callable[[float], None] | None = None,
        options: TargetOptions | None = None,
    ) -> None:
        super().__init__(
            capabilities=TranslationCapabilities(
                input_transcription=True,
                output_transcription=True,
                turn_reporting=True,
                output_segmentation=True,
                retargetable=False,
            ),
            target_language=target_language,
            source_language=source_language,
        )
        self._stt = stt
        self._llm = llm
        self._tts = tts
        self._set_speed = set_speed
        self._options = options

    @property
    def model(self) -> str:
        return f"{self._stt.model}+{self._llm.model}+{self._tts.model}"

    @property
    def provider(self) -> str:
        return "cascade"

    def session(self) -> "CascadeTranslationSession":
        """A new run; needs a running event loop."""
        return CascadeTranslationSession(self)

    async def aclose(self) -> None:
        """Nothing to close: the engines are the caller's."""


class CascadeTranslationSession(TranslationModelSession[str]):
    """One run of the cascade. Audio comes out as it is spoken, paced to real time."""

    def __init__(self, model: CascadeTranslationModel) -> None:
        super().__init__(model)
        source_language = model.source_language or ""
        self._frames: aio.Chan[TranslatedAudioFrame | OutputSpeechStopped] = aio.Chan()
        self._output = _PacedOutput(self._send_frame, self._frames.qsize)
        self._committed = ""
        self._segment_id = ""
        self._label = model.label
        self._language = model.target_language
        self._source = SourceStream(
            stt=model._stt,
            speaker="input",
            language=source_language,
            on_caption=self._on_source_caption,
            on_event=self._on_event,
            on_speech=self._on_speech,
        )
        self._target = TargetStream(
            source=self._source.subscribe(),
            speaker="input",
            translator=LLMTranslator(
                model._llm, source_language=source_language, target_language=self._language
            ),
            tts=model._tts,
            output=self._output,
            set_speed=model._set_speed,
            on_caption=self._on_target_caption,
            on_event=self._on_event,
            options=model._options,
        )
        self._source.start()
        self._target.start()
        self._watching = asyncio.create_task(self._watch(), name="cascade.watch")

    @property
    def audio_stream(self) -> AsyncIterator[TranslatedAudioFrame | OutputSpeechStopped]:
        return self._frames

    def push_audio(self, frame: rtc.AudioFrame) -> None:
        self._source.push_frame(frame)

    async def aclose(self) -> None:
        self._closing = True
        await aio.cancel_and_wait(self._watching)
        await self._source.aclose()
        await self._target.aclose()
        self._frames.close()

    async def _watch(self) -> None:
        """End with what ends the cascade; a failure is told to whoever runs the session."""
        try:
            await asyncio.gather(self._source.wait(), self._target.drain())
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody else would tell
            logger.exception("the cascade failed")
            self._report("translation", f"the cascade failed: {error!r}", recoverable=False)
        self._frames.close()

    def _send_frame(self, frame: rtc.AudioFrame) -> None:
        if not self._frames.closed:
            self._frames.send_nowait(TranslatedAudioFrame(frame, self._language))

    def _on_speech(self, speaking: bool) -> None:
        if speaking:
            self.emit("input_speech_started", InputSpeechStarted())
        else:
            self.emit("input_speech_stopped", InputSpeechStopped())

    def _on_source_caption(self, caption: Caption) -> None:
        transcript = InputTranscript(caption.text, caption.final, caption.language)
        self.emit("input_transcript", transcript)

    def _on_target_caption(self, caption: Caption) -> None:
        """Only what will not change goes out: the session takes output transcripts as deltas."""
        if caption.segment_id != self._segment_id:
            self._segment_id, self._committed = caption.segment_id, ""
        # The original takes the place of what could not be translated.
        settled = caption.text if caption.final else caption.committed
        delta = settled[len(self._committed) :]
        self._committed = settled
        if delta or caption.final:
            self.emit("output_transcript", OutputTranscript(delta, caption.final, caption.language))

    def _on_event(self, event: CascadeEvent) -> None:
        if event.kind == "spoken" and not self._frames.closed:
            self._frames.send_nowait(OutputSpeechStopped())
        if event.kind == "error":
            stage = cast("Stage", event.data["stage"])
            self._report(stage, str(event.data["message"]), recoverable=True)

    def _report(self, stage: Stage, message: str, *, recoverable: bool) -> None:
        error = CascadeError(stage, message)
        told = TranslationModelError(
            timestamp=time.time(), label=self._label, error=error, recoverable=recoverable
        )
        self.emit("error", told)


class _PacedOutput:
    """Hands frames on no faster than they play, so that the queue is the voice's to control.

    Args:
        unread: how many frames nobody has taken yet: a session takes none before somebody listens.
    """

    sample_rate = _SAMPLE_RATE

    def __init__(self, send: Callable[[rtc.AudioFrame], None], unread: Callable[[], int]) -> None:
        self._send = send
        self._unread = unread
        self._plays_until = 0.0

    @property
    def queued_duration(self) -> float:
        return max(self._plays_until - time.monotonic(), 0.0)

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        await asyncio.sleep(max(self.queued_duration - _QUEUE_SECONDS, 0.0))
        # LiveKit's channel does not tell when it is read from.
        while self._unread() * frame.duration > _QUEUE_SECONDS:  # noqa: ASYNC110
            await asyncio.sleep(_QUEUE_SECONDS / 2)
        self._plays_until = max(self._plays_until, time.monotonic()) + frame.duration
        self._send(frame)
