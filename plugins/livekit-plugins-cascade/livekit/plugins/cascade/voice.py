"""Speaking a translation: synthesis just in time, rate control, playout."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from livekit.agents import APIError, tts

from livekit import rtc

from .chunker import is_due_in, letters_per_character
from .delivery import PROMPT, Delivery
from .log import logger
from .pacing import catch_up, engine_rate, must_drop, speed
from .speech_queue import SpeechChunk, SpeechQueue
from .tempo import Tempo

# First guesses, replaced by what is measured: 15 letters a second of speech, and a synthesis that
# takes 0.8 times as long as its audio (Kokoro beside the other engines on two cores).
_LETTER_SECONDS, _SYNTHESIS_SHARE = 0.066, 0.8
_SMOOTHING = 0.3
# Longest wait for news of the queue; what shortens a wait is the event, this only bounds it.
_IDLE_SECONDS = 5.0


class AudioOutput(Protocol):
    """Where a translated voice goes: a published track, a file, a test."""

    @property
    def sample_rate(self) -> int:
        """Of the mono frames it takes."""
        ...

    @property
    def queued_duration(self) -> float:
        """Seconds captured and not yet played."""
        ...

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        """Take a frame; waits while the output's own short queue is full."""
        ...


@dataclass(frozen=True, slots=True)
class Spoken:
    """One chunk that has been handed to the output; times are wall time.

    ``lag`` runs from the end of the words that it translates to its start.
    """

    chunk: SpeechChunk
    wall_start: float
    wall_end: float
    lag: float
    speed: float


class VoiceListener(Protocol):
    """What a :class:`Voice` tells about its work. Called on the event loop."""

    def on_synthesis(
        self, chunk: SpeechChunk, *, audio: float, seconds: float, first: float, speed: float
    ) -> None: ...

    def on_played(self, spoken: Spoken, *, queue_seconds: float) -> None: ...

    def on_segment_spoken(self, segment_id: str) -> None: ...

    def on_dropped(
        self, chunk: SpeechChunk, *, queue_seconds: float, lag_seconds: float
    ) -> None: ...

    def on_failed(self, chunk: SpeechChunk, error: Exception) -> None: ...


@dataclass(slots=True)
class _Clip:
    chunk: SpeechChunk
    rate: float
    frames: deque[rtc.AudioFrame] = field(default_factory=deque)
    finished: bool = False


class Voice:
    """Speaks committed text in order: what is queued is synthesised shortly before it is due.

    Args:
        tts: synthesises chunk by chunk; shared, not closed with the voice.
        set_speed: tells the engine the rate of the next chunk. What it is too slow for, and all
            without it, comes from stretching the audio.
    """

    def __init__(
        self,
        *,
        tts: tts.TTS[Any],
        output: AudioOutput,
        language: str,
        listener: VoiceListener,
        set_speed: Callable[[float], None] | None = None,
        delivery: Delivery = PROMPT,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._tts = tts
        self._output = output
        self._listener = listener
        self._set_speed = set_speed
        self._chunker = delivery.chunker
        self._pacing = delivery.pacing
        self._clock = clock
        self._queue = SpeechQueue(language=language, options=self._chunker)
        self._character_seconds = _LETTER_SECONDS * letters_per_character(language)
        self._synthesis_share = _SYNTHESIS_SHARE
        # Of the time that a synthesis takes, until its first audio.
        self._first_share = 1.0
        self._speed = 1.0
        self._played_rate = 1.0
        self._wall_offset = 0.0
        self._clips: deque[_Clip] = deque()
        self._changed = asyncio.Event()
        self._audio_changed = asyncio.Event()
        # Segments that get no more text, until their last audio is out.
        self._completed: deque[str] = deque()
        self._ended = False
        self._synthesis_ended = False

    @property
    def buffered_seconds(self) -> float:
        """What audio is synthesised and not yet played takes to hear, at the present speed."""
        waiting = (
            frame.duration * min(clip.rate / self._played_rate, 1.0)
            for clip in self._clips
            for frame in clip.frames
        )
        return sum(waiting) + self._output.queued_duration

    @property
    def queue_seconds(self) -> float:
        """Speech still to be heard: audio in hand and text not yet synthesised."""
        return self.buffered_seconds + self._text_seconds

    @property
    def _text_seconds(self) -> float:
        return self._queue.pending_characters * self._character_seconds

    def add(
        self,
        segment_id: str,
        text: str,
        *,
        source_start: float,
        source_end: float,
        wall_offset: float,
    ) -> None:
        """Queue committed text.

        Args:
            source_start, source_end: media times of the source words it translates.
            wall_offset: wall time of media time zero.
        """
        self._wall_offset = wall_offset
        self._queue.add(segment_id, text, source_start=source_start, source_end=source_end)
        self._changed.set()

    def pause(self, segment_id: str) -> None:
        """The speaker pauses: say what there is of the segment, however little."""
        self._queue.pause(segment_id)
        self._changed.set()

    def complete(self, segment_id: str) -> None:
        """No more text will come for the segment."""
        self._queue.complete(segment_id)
        self._completed.append(segment_id)
        self._report_spoken()
        self._changed.set()

    def end(self) -> None:
        """No more text will come at all: :meth:`run` returns when everything is played."""
        self._queue.complete_all()
        self._ended = True
        self._changed.set()

    async def run(self) -> None:
        """Speak until :meth:`end` and all queued text has been handed to the output."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._synthesise_all(), name="voice.synthesis")
            tasks.create_task(self._play_all(), name="voice.playout")

    async def _synthesise_all(self) -> None:
        while True:
            self._changed.clear()
            self._drop_excess()
            chunk = self._queue.take(
                buffered_seconds=self.buffered_seconds,
                synthesis_seconds=self._expected_synthesis(),
                first_share=self._first_share,
            )
            if chunk is not None:
                await self._synthesise(chunk)
            elif self._ended and not self._queue.pending_characters:
                break
            else:
                await self._wait_for_change()
        self._synthesis_ended = True
        self._audio_changed.set()

    def _expected_synthesis(self) -> float:
        characters = min(self._queue.pending_characters, self._chunker.max_characters)
        return characters * self._character_seconds * self._synthesis_share

    async def _wait_for_change(self) -> None:
        due = is_due_in(self.buffered_seconds, self._expected_synthesis(), self._chunker)
        try:
            async with asyncio.timeout(due if due > 0.01 else _IDLE_SECONDS):
                await self._changed.wait()
        except TimeoutError:
            return

    def _drop_excess(self) -> None:
        while (clause := self._queue.oldest_clause()) is not None:
            audio, queue = self.buffered_seconds, self.queue_seconds
            lag = self._lag(clause, self._clock() + audio)
            if not must_drop(
                audio,
                self._text_seconds,
                synthesis_share=self._synthesis_share,
                lag_seconds=lag,
                options=self._pacing,
            ):
                return
            self._queue.drop_clause()
            self._listener.on_dropped(clause, queue_seconds=queue, lag_seconds=lag)
            self._report_spoken()

    async def _synthesise(self, chunk: SpeechChunk) -> None:
        wait = max(self.buffered_seconds, self._expected_synthesis() * self._first_share)
        self._speed = self._rate_for(chunk, wait=wait, previous=self._speed)
        clip = _Clip(chunk, rate=self._engine_rate())
        self._clips.append(clip)
        # Wall clocks are set; how long something takes is not for them to say.
        elapsed = asyncio.get_running_loop().time
        started, first, audio = elapsed(), 0.0, 0.0
        try:
            async for frame in self._frames(chunk.text):
                first = first or elapsed() - started
                audio += frame.duration
                clip.frames.append(frame)
                self._audio_changed.set()
        except APIError as error:
            logger.warning("voice failed, the rest of the clause stays silent", exc_info=error)
            self._listener.on_failed(chunk, error)
            # How long the whole text takes is not known.
            audio = 0.0
        finally:
            clip.finished = True
            self._audio_changed.set()
        if audio:
            seconds = elapsed() - started
            self._learn(chunk.text, audio, seconds, first, rate=clip.rate)
            self._listener.on_synthesis(
                chunk, audio=audio, seconds=seconds, first=first, speed=clip.rate
            )

    def _engine_rate(self) -> float:
        """The rate at which the engine speaks the next chunk, told to it."""
        if self._set_speed is None:
            return 1.0
        rate = engine_rate(self._speed, synthesis_share=self._synthesis_share, options=self._pacing)
        self._set_speed(rate)
        return rate

    def _rate_for(self, chunk: SpeechChunk, *, wait: float, previous: float) -> float:
        """Speaking rate for a chunk that is heard in ``wait`` seconds."""
        lag = self._lag(chunk, self._clock() + wait)
        return speed(
            self.queue_seconds,
            lag_seconds=lag,
            previous=previous,
            options=self._pacing,
        )

    def _lag(self, chunk: SpeechChunk, wall_start: float) -> float:
        return wall_start - (self._wall_offset + chunk.source_end)

    async def _frames(self, text: str) -> AsyncIterator[rtc.AudioFrame]:
        resampler: rtc.AudioResampler | None = None
        async with self._tts.synthesize(text) as stream:
            async for frame in _unheard(stream):
                if frame.sample_rate == self._output.sample_rate:
                    yield frame
                    continue
                resampler = resampler or rtc.AudioResampler(
                    frame.sample_rate, self._output.sample_rate, num_channels=frame.num_channels
                )
                for resampled in resampler.push(frame):
                    yield resampled
        for resampled in resampler.flush() if resampler else ():
            yield resampled

    def _learn(self, text: str, audio: float, seconds: float, first: float, *, rate: float) -> None:
        natural = audio * rate
        self._character_seconds += _SMOOTHING * (natural / len(text) - self._character_seconds)
        self._synthesis_share += _SMOOTHING * (seconds / audio - self._synthesis_share)
        # Long ones tell more of it: an engine may have no reason to begin a short one early.
        weight = _SMOOTHING * min(audio, 1.0)
        # A clock may be too coarse for a synthesis.
        share = min(first / seconds, 1.0) if seconds else 1.0
        self._first_share += weight * (share - self._first_share)

    async def _play_all(self) -> None:
        while True:
            self._audio_changed.clear()
            if self._clips:
                await self._play(self._clips[0])
                self._clips.popleft()
                self._report_spoken()
            elif self._synthesis_ended:
                return
            else:
                await self._audio_changed.wait()

    def _report_spoken(self) -> None:
        playing = {clip.chunk.segment_id for clip in self._clips}
        while self._completed:
            first = self._completed[0]
            if first in playing or self._queue.has_text(first):
                return
            self._listener.on_segment_spoken(self._completed.popleft())

    async def _play(self, clip: _Clip) -> None:
        wait = self._output.queued_duration
        wanted = self._rate_for(clip.chunk, wait=wait, previous=self._played_rate)
        ratio = catch_up(wanted, synthesised=clip.rate)
        self._played_rate = clip.rate * ratio
        tempo = Tempo(sample_rate=self._output.sample_rate, ratio=ratio) if ratio > 1.0 else None
        wall_start = 0.0
        while not clip.finished or clip.frames:
            if not clip.frames:
                self._audio_changed.clear()
                await self._audio_changed.wait()
                continue
            wall_start = wall_start or self._clock() + self._output.queued_duration
            frame = clip.frames[0]
            for piece in tempo.push(frame) if tempo else (frame,):
                await self._output.capture_frame(piece)
            clip.frames.popleft()
        for piece in tempo.flush() if tempo else ():
            await self._output.capture_frame(piece)
        # Audio in hand has shrunk, so the next chunk may be due.
        self._changed.set()
        if wall_start:
            wall_end = self._clock() + self._output.queued_duration
            lag = self._lag(clip.chunk, wall_start)
            spoken = Spoken(clip.chunk, wall_start, wall_end, lag, self._played_rate)
            self._listener.on_played(spoken, queue_seconds=self.queue_seconds)


async def _unheard(synthesis: tts.ChunkedStream) -> AsyncIterator[rtc.AudioFrame]:
    """Its frames; of a retry, which begins anew under another request id, only what comes after
    the audio that there was before."""
    request_id, given, repeated = "", 0.0, 0.0
    async for event in synthesis:
        if event.request_id != request_id:
            request_id, repeated = event.request_id, given
        seconds = event.frame.duration
        if repeated > seconds / 2:
            repeated -= seconds
            continue
        given += seconds
        yield event.frame
