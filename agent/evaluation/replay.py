"""Recordings through the cascade without a server: the worker's streams between a file and a file.

Only the ends differ from a room: a file is fed at the pace at which it was spoken, and the
translation is taken at the pace at which it would be heard.
"""

import asyncio
import resource
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from livekit.plugins.cascade import SourceStream, TargetStream

from .artifacts import write_artifacts
from .emissions import (
    LOG_NAME,
    EmissionsWriter,
    Header,
    Listener,
    Memory,
    Offline,
    Recognised,
    Resources,
    Speaker,
)
from .material import SAMPLE_RATE, Clip, decode
from .metering import take_work
from .paced_output import PacedOutput
from .recording import Samples, Track, WavRecorder, frames_of, read_wav, resample
from .systems import Engines, System
from .virtual_time import wall_clock

STREAM = "speaker"
_FRAME_SECONDS = 0.02
_OUTPUT_RATE = 24_000
_MEMORY_SECONDS = 5.0
# A microphone stays open after the last word, so the recogniser ends by itself as in a room.
_TRAILING_SILENCE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Replay:
    """One run: which system interprets which clip into which languages, and where it is written.

    ``progress`` is told the seconds of audio that have been fed. ``recognise`` has the output
    recognised when the run is over, for the scores of what was heard. ``offline`` goes into the log
    as it is.
    """

    clip: Clip
    targets: Sequence[str]
    system: System
    folder: Path
    header: Header
    progress: Callable[[float], None] = field(default=lambda seconds: None)
    recognise: bool = True
    offline: Sequence[Offline] = ()


async def replay(run: Replay, engines: Engines) -> None:
    """Interpret one clip and write its log, recordings and captions into ``run.folder``.

    Raises:
        MaterialError: the clip cannot be read.
        APIError: an engine cannot be used at all.
    """
    samples = decode(run.clip.path)
    with EmissionsWriter(run.folder / LOG_NAME) as log:
        log.line(run.header)
        for line in run.offline:
            log.line(line)
        session = _Session(run, engines, log)
        await session.interpret(samples)
        if run.recognise:
            await session.recognise_output()
    write_artifacts(run.folder, Track(samples, SAMPLE_RATE, session.origin))


@dataclass(slots=True)
class _Ear:
    """A listener of one language."""

    language: str
    path: Path
    recorder: WavRecorder
    output: PacedOutput


class _Session:
    """The streams of one run, between a file and files."""

    def __init__(self, run: Replay, engines: Engines, log: EmissionsWriter) -> None:
        self._run = run
        self._engines = engines
        self._log = log
        self._clock = wall_clock()
        self.origin = 0.0
        self._peak_bytes = 0
        self._ears = [self._ear(language) for language in run.targets]

    def _ear(self, language: str) -> _Ear:
        path = self._run.folder / f"{language}.wav"
        recorder = WavRecorder(path, sample_rate=_OUTPUT_RATE)
        output = PacedOutput(sample_rate=_OUTPUT_RATE, recorder=recorder, clock=self._clock)
        return _Ear(language, path, recorder, output)

    async def interpret(self, samples: Samples) -> None:
        source = self._source()
        targets = [self._target(source, ear) for ear in self._ears]
        take_work()
        self._sample_memory()
        cpu, started = _cpu_seconds(), self._clock()
        try:
            source.start()
            for target in targets:
                target.start()
            await self._speak(source, samples)
            source.end_input()
            await source.wait()
            await asyncio.gather(*(target.drain() for target in targets))
            await asyncio.sleep(max((e.output.queued_duration for e in self._ears), default=0.0))
            self._sample_memory()
        finally:
            for target in targets:
                await target.aclose()
            await source.aclose()
            self._close_ears()
        self._log.line(
            Resources(
                cpu_seconds=_cpu_seconds() - cpu,
                wall_seconds=self._clock() - started,
                audio_seconds=len(samples) / SAMPLE_RATE,
                peak_rss_bytes=self._peak_bytes,
                work=take_work(),
            )
        )

    def _sample_memory(self) -> int:
        """Resident bytes now. The process knows its peak of all runs, so a run keeps its own."""
        now = _rss_bytes()
        self._peak_bytes = max(self._peak_bytes, now)
        return now

    def _source(self) -> SourceStream:
        language = self._run.clip.language
        return SourceStream(
            stt=self._run.system.recogniser(self._engines, language),
            speaker=STREAM,
            language=self._run.system.written_language(language),
            on_event=self._log.event,
            segmenter_options=self._run.system.segmenter_options,
            clock=self._clock,
        )

    def _target(self, source: SourceStream, ear: _Ear) -> TargetStream:
        voice, system = self._engines.voice(ear.language), self._run.system
        pair = self._run.clip.language, ear.language
        return TargetStream(
            source=source.subscribe(),
            speaker=STREAM,
            translator=system.translator(self._engines, *pair),
            tts=voice.tts,
            output=ear.output,
            set_speed=voice.set_speed,
            on_event=self._log.event,
            options=system.target_options(*pair, voice.delivery),
            clock=self._clock,
        )

    async def _speak(self, source: SourceStream, samples: Samples) -> None:
        """Feed the recording at its own pace: a frame is there when its last sample is spoken."""
        self.origin = self._clock()
        seconds = len(samples) / SAMPLE_RATE
        self._log.line(
            Speaker(
                stream=STREAM,
                wall_time=self.origin,
                seconds=seconds,
                file=self._run.clip.path.name,
            )
        )
        fed = remembered = 0.0
        for frame in frames_of(_with_silence(samples), SAMPLE_RATE, seconds=_FRAME_SECONDS):
            fed += frame.duration
            await asyncio.sleep(max(self.origin + fed - self._clock(), 0.0))
            source.push_frame(frame)
            self._run.progress(fed)
            if fed >= remembered + _MEMORY_SECONDS:
                remembered = fed
                self._log.line(Memory(media_time=fed, rss_bytes=self._sample_memory()))

    def _close_ears(self) -> None:
        for ear in self._ears:
            ear.recorder.close()
            if ear.recorder.origin is not None:
                self._log.line(
                    Listener(
                        stream=STREAM,
                        language=ear.language,
                        wall_time=ear.recorder.origin,
                        file=ear.path.name,
                    )
                )

    async def recognise_output(self) -> None:
        """Log what a recogniser makes of each language's recording."""
        for ear in self._ears:
            if ear.recorder.origin is not None:
                self._log.line(await recognised(ear.path, ear.language, STREAM, self._engines))


async def recognised(path: Path, language: str, stream: str, engines: Engines) -> Recognised:
    """What a recogniser makes of the recording of a translation.

    Raises:
        APIError: the recogniser failed.
    """
    track = read_wav(path, 0.0)
    audio = resample(track.samples, track.sample_rate, SAMPLE_RATE)
    recogniser = engines.stt(language)
    frames = frames_of(audio, SAMPLE_RATE, seconds=1.0)
    event = await recogniser.recognize(frames, language=language)
    text = " ".join(alternative.text for alternative in event.alternatives[:1])
    return Recognised(stream=stream, language=language, text=text, model=recogniser.model)


def _with_silence(samples: Samples) -> Samples:
    silence = np.zeros(round(_TRAILING_SILENCE_SECONDS * SAMPLE_RATE), dtype=np.int16)
    return np.concatenate([samples, silence])


def _rss_bytes() -> int:
    """Resident memory now; its peak so far where there is no /proc."""
    statm = Path("/proc/self/statm")
    if not statm.exists():
        return _maxrss_bytes(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, sys.platform)
    return int(statm.read_text().split()[1]) * resource.getpagesize()


def _maxrss_bytes(maxrss: int, platform: str) -> int:
    """``ru_maxrss`` in bytes; it is in kibibytes everywhere but on macOS."""
    return maxrss if platform == "darwin" else maxrss * 1024


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
