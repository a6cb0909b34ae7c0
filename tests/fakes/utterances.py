"""Whole utterances: a detector that knows where they are, a recogniser that is given them."""

from collections.abc import Sequence
from typing import Any

from livekit.agents import APIConnectOptions, LanguageCode, stt, vad
from livekit.agents.types import NOT_GIVEN, NotGivenOr, TimedString
from livekit.agents.utils import AudioBuffer, merge_frames

from livekit import rtc

END_SILENCE = 0.5


class SpanVAD(vad.VAD):
    """Knows where speech is, and tells its end half a second later."""

    def __init__(self, spans: Sequence[tuple[float, float]]) -> None:
        super().__init__(capabilities=vad.VADCapabilities(update_interval=0.1))
        self.spans = spans

    def stream(self) -> vad.VADStream:
        return _SpanStream(self)


class _SpanStream(vad.VADStream):
    async def _main_task(self) -> None:
        assert isinstance(self._vad, SpanVAD)
        at, heard = 0.0, list[rtc.AudioFrame]()
        async for item in self._input_ch:
            if not isinstance(item, rtc.AudioFrame):
                at = 0.0
                continue
            at = round(at + item.duration, 3)
            within = any(start < at <= end + END_SILENCE for start, end in self._vad.spans)
            heard = [*heard, item] if within else []
            if within and len(heard) == 1:
                self._tell(vad.VADEventType.START_OF_SPEECH, at, heard)
            if any(at == end + END_SILENCE for _, end in self._vad.spans):
                self._tell(vad.VADEventType.END_OF_SPEECH, at, heard)

    def _tell(self, kind: vad.VADEventType, at: float, frames: list[rtc.AudioFrame]) -> None:
        silent = END_SILENCE if kind == vad.VADEventType.END_OF_SPEECH else 0.0
        self._event_ch.send_nowait(
            vad.VADEvent(
                type=kind,
                samples_index=0,
                timestamp=at,
                speech_duration=0.0,
                silence_duration=silent,
                frames=list(frames),
            )
        )


class UtteranceSTT(stt.STT[Any]):
    """Hears one word, from 0.2 s to 0.6 s of whatever it is given; without times if told so."""

    def __init__(self, *, timed: bool) -> None:
        super().__init__(capabilities=stt.STTCapabilities(streaming=False, interim_results=False))
        self.timed = timed
        self.given: list[float] = []

    async def _recognize_impl(
        self,
        buffer: AudioBuffer,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,
        conn_options: APIConnectOptions,
    ) -> stt.SpeechEvent:
        self.given.append(merge_frames(buffer).duration)
        data = stt.SpeechData(language=LanguageCode("en"), text="hello")
        if self.timed:
            data.words = [TimedString("hello", start_time=0.2, end_time=0.6)]
            data.start_time, data.end_time = 0.2, 0.6
        return stt.SpeechEvent(type=stt.SpeechEventType.FINAL_TRANSCRIPT, alternatives=[data])
