"""Ends for an AgentSession or TranslationSession that runs without a room."""

import asyncio
import wave
from pathlib import Path

from livekit.agents.voice import io

from livekit import rtc


class WavInput(io.AudioInput):
    """A WAV file at real-time pace, then silence."""

    def __init__(self, path: Path) -> None:
        super().__init__(label="wav")
        with wave.open(str(path)) as file:
            self._rate = file.getframerate()
            self._audio = file.readframes(file.getnframes())
        self._position = 0
        self._started = 0.0

    async def __anext__(self) -> rtc.AudioFrame:
        loop = asyncio.get_running_loop()
        self._started = self._started or loop.time()
        samples = self._rate // 50
        due = self._started + self._position / (2 * self._rate)
        await asyncio.sleep(max(due - loop.time(), 0))
        data = self._audio[self._position : self._position + 2 * samples].ljust(2 * samples, b"\0")
        self._position += 2 * samples
        return rtc.AudioFrame(data, self._rate, 1, samples)


class Sink(io.AudioOutput):
    """Counts the seconds it is given and plays them in no time."""

    def __init__(self, sample_rate: int = 24000) -> None:
        super().__init__(
            label="sink",
            capabilities=io.AudioOutputCapabilities(pause=False),
            sample_rate=sample_rate,
        )
        self.seconds = 0.0
        self.segments = 0
        self._segment = 0.0
        self.segment_ended = asyncio.Event()

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        await super().capture_frame(frame)
        self.seconds += frame.duration
        self._segment += frame.duration

    def flush(self) -> None:
        super().flush()
        if self._segment:
            self.on_playback_finished(playback_position=self._segment, interrupted=False)
            self.segments += 1
        self._segment = 0.0
        self.segment_ended.set()

    def clear_buffer(self) -> None:
        self.flush()
