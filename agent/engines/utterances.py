"""A recogniser of whole recordings as a streaming one: it is given each utterance when it ends."""

import asyncio
import math
from collections.abc import Sequence
from dataclasses import replace

from livekit.agents.stt import (
    RecognizeStream,
    SpeechData,
    SpeechEvent,
    SpeechEventType,
    StreamAdapter,
)
from livekit.agents.stt.stream_adapter import DEFAULT_STREAM_ADAPTER_API_CONNECT_OPTIONS
from livekit.agents.types import (
    DEFAULT_API_CONNECT_OPTIONS,
    NOT_GIVEN,
    APIConnectOptions,
    NotGivenOr,
    TimedString,
)
from livekit.agents.utils import aio, is_given, merge_frames
from livekit.agents.vad import VADEvent, VADEventType, VADStream

from livekit import rtc

# Longer than any detector waits before it says that speech has ended, in seconds.
_LONGEST_END_SILENCE = 2.0


class UtteranceAdapter(StreamAdapter):
    """LiveKit's adapter, but what it recognises is timed by the speaker's audio.

    LiveKit's passes on the times inside each utterance, so that every one begins at 0 s; and it
    loses what is being said when the audio ends.
    """

    def stream(
        self,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
    ) -> RecognizeStream:
        return _UtteranceStream(self, language, conn_options)


class _UtteranceStream(RecognizeStream):
    def __init__(
        self, stt: UtteranceAdapter, language: NotGivenOr[str], conn_options: APIConnectOptions
    ) -> None:
        # The wrapped recogniser tries again by itself.
        super().__init__(stt=stt, conn_options=DEFAULT_STREAM_ADAPTER_API_CONNECT_OPTIONS)
        self._adapter = stt
        self._language = language
        self._request_options = conn_options

    async def _run(self) -> None:
        detection = self._adapter._vad.stream()
        feeding = asyncio.create_task(self._feed(detection), name="utterances.feed")
        start = 0.0
        try:
            async for event in detection:
                if event.type == VADEventType.START_OF_SPEECH:
                    start = event.timestamp - _seconds(event.frames)
                    self._event_ch.send_nowait(SpeechEvent(SpeechEventType.START_OF_SPEECH))
                elif event.type == VADEventType.END_OF_SPEECH:
                    self._event_ch.send_nowait(SpeechEvent(SpeechEventType.END_OF_SPEECH))
                    await self._recognise(event, start)
        finally:
            await aio.cancel_and_wait(feeding)
            await detection.aclose()

    async def _feed(self, detection: VADStream) -> None:
        last = None
        async for frame in self._input_ch:
            # A flush would set the detector's clock back to 0.
            if isinstance(frame, rtc.AudioFrame):
                last = frame
                detection.push_frame(frame)
        if last is not None:
            # Detectors tell of no end of speech that they do not hear.
            for _ in range(math.ceil(_LONGEST_END_SILENCE / last.duration)):
                detection.push_frame(_silence_like(last))
        detection.end_input()

    async def _recognise(self, event: VADEvent, start: float) -> None:
        """Send the words of the utterance that ``event`` ends; it began at ``start`` seconds."""
        recognised = await self._adapter.wrapped_stt.recognize(
            buffer=merge_frames(event.frames),
            language=self._language,
            conn_options=self._request_options,
        )
        if not recognised.alternatives or not recognised.alternatives[0].text:
            return
        offset = self.start_time_offset
        end = event.timestamp - event.silence_duration
        placed = _in_the_audio(
            recognised.alternatives[0], start=offset + start, end=offset + max(start, end)
        )
        self._event_ch.send_nowait(
            SpeechEvent(SpeechEventType.FINAL_TRANSCRIPT, alternatives=[placed])
        )


def _silence_like(frame: rtc.AudioFrame) -> rtc.AudioFrame:
    return rtc.AudioFrame.create(frame.sample_rate, frame.num_channels, frame.samples_per_channel)


def _in_the_audio(data: SpeechData, *, start: float, end: float) -> SpeechData:
    """What was recognised in an utterance, timed by the audio that the utterance lies in.

    Args:
        start, end: of the utterance, in seconds of that audio; its own times if it has none.
    """
    words = None if data.words is None else [_later(word, start) for word in data.words]
    if not data.end_time:
        return replace(data, start_time=start, end_time=end, words=words)
    return replace(
        data, start_time=start + data.start_time, end_time=start + data.end_time, words=words
    )


def _later(word: TimedString, seconds: float) -> TimedString:
    def shifted(time: NotGivenOr[float]) -> NotGivenOr[float]:
        return time + seconds if is_given(time) else time

    return TimedString(
        word,
        start_time=shifted(word.start_time),
        end_time=shifted(word.end_time),
        confidence=word.confidence,
        start_time_offset=word.start_time_offset,
        speaker_id=word.speaker_id,
    )


def _seconds(frames: Sequence[rtc.AudioFrame]) -> float:
    return sum(frame.duration for frame in frames)
