"""Engines that know what will be said, for replays without models."""

import asyncio
from collections.abc import Sequence
from typing import Any

import numpy as np
from livekit.agents import APIConnectOptions, LanguageCode, stt, tts, utils, vad
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN, NotGivenOr, TimedString
from livekit.agents.utils import AudioBuffer

from agent.evaluation.systems import VoiceEngine
from livekit import rtc
from livekit.plugins.cascade import Hypothesis, OnPartial, TranslationRequest, Translator

# Media time between the end of a word and its commitment.
RECOGNITION_SECONDS = 0.5
TRANSLATION_SECONDS = 0.1
SECONDS_PER_WORD = 0.3

Script = Sequence[tuple[str, float, float]]


class TimedSTT(stt.STT[Any]):
    """Commits each word of a script half a second of audio after its end."""

    def __init__(self, script: Script, heard: str = "") -> None:
        super().__init__(capabilities=stt.STTCapabilities(streaming=True, interim_results=True))
        self.script = script
        self.heard = heard

    @property
    def model(self) -> str:
        return "scripted"

    async def _recognize_impl(
        self,
        buffer: AudioBuffer,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,
        conn_options: APIConnectOptions,
    ) -> stt.SpeechEvent:
        data = stt.SpeechData(language=LanguageCode("es"), text=self.heard)
        return stt.SpeechEvent(type=stt.SpeechEventType.FINAL_TRANSCRIPT, alternatives=[data])

    def stream(
        self,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
    ) -> stt.RecognizeStream:
        return _TimedStream(stt=self, conn_options=conn_options)


class _TimedStream(stt.RecognizeStream):
    async def _run(self) -> None:
        assert isinstance(self._stt, TimedSTT)
        waiting, media_time = list(self._stt.script), 0.0
        async for item in self._input_ch:
            if isinstance(item, rtc.AudioFrame):
                media_time += item.duration
            while waiting and waiting[0][2] + RECOGNITION_SECONDS <= media_time:
                self._commit(*waiting.pop(0))

    def _commit(self, text: str, start: float, end: float) -> None:
        data = stt.SpeechData(
            language=LanguageCode("en"),
            text=text,
            words=[TimedString(text, start_time=start, end_time=end)],
        )
        self._event_ch.send_nowait(
            stt.SpeechEvent(type=stt.SpeechEventType.FINAL_TRANSCRIPT, alternatives=[data])
        )


class UpperTranslator:
    """Word by word; takes a tenth of a second."""

    def __init__(self, source_language: str, target_language: str) -> None:
        self.source_language = source_language
        self.target_language = target_language

    async def translate(
        self, request: TranslationRequest, on_partial: OnPartial | None = None
    ) -> Hypothesis:
        await asyncio.sleep(TRANSLATION_SECONDS)
        return Hypothesis(request.source.upper(), complete=True)


class ToneTTS(tts.TTS[Any]):
    """Three tenths of a second of tone a word, at once."""

    def __init__(self) -> None:
        super().__init__(
            capabilities=tts.TTSCapabilities(streaming=False), sample_rate=24000, num_channels=1
        )

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> tts.ChunkedStream:
        return _ToneStream(tts=self, input_text=text, conn_options=conn_options)


class _ToneStream(tts.ChunkedStream):
    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        output_emitter.initialize(
            request_id=utils.shortuuid(), sample_rate=24000, num_channels=1, mime_type="audio/pcm"
        )
        time = np.arange(int(24000 * SECONDS_PER_WORD * len(self.input_text.split()))) / 24000
        output_emitter.push((6000 * np.sin(2 * np.pi * 440 * time)).astype(np.int16).tobytes())
        output_emitter.flush()


class ScriptedEngines:
    """One speaker's script; every language shouts it."""

    def __init__(self, script: Script, heard: str = "") -> None:
        self._stt = TimedSTT(script, heard)

    def direct(self, language: str) -> stt.STT[Any]:
        return self._stt

    def stt(self, language: str) -> stt.STT[Any]:
        return self._stt

    def translator(self, source_language: str, target_language: str) -> Translator:
        return UpperTranslator(source_language, target_language)

    def voice(self, language: str) -> VoiceEngine:
        return VoiceEngine(ToneTTS(), None)

    def vad(self) -> vad.VAD:
        raise NotImplementedError
