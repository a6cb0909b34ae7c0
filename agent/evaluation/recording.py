"""What a listener heard, as WAV files whose sample positions follow wall time."""

import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from livekit import rtc

Samples = NDArray[np.int16]

# Frames of one stream arrive unevenly; only a hole longer than this is silence that was heard.
_GAP_SECONDS = 0.1
_CHUNK_SECONDS = 1.0


class WavRecorder:
    """Writes mono frames to a WAV file as they come; time without frames becomes silence.

    A frame is placed at the wall time at which it came, unless it joins on to the one before
    within 0.1 s. So the file is as long as the listening was.

    Args:
        sample_rate: of the file; frames have to have it (``rtc.AudioStream`` resamples).
        origin: wall time of the file's first sample; the first frame's by default.
    """

    def __init__(self, path: Path, *, sample_rate: int, origin: float | None = None) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._wav = wave.open(str(path), "wb")
        self._wav.setnchannels(1)
        self._wav.setsampwidth(2)
        self._wav.setframerate(sample_rate)
        self._sample_rate = sample_rate
        self._origin = origin
        self._written = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def origin(self) -> float | None:
        """Wall time of the first sample; None before the first frame."""
        return self._origin

    @property
    def seconds(self) -> float:
        """Length written."""
        return self._written / self._sample_rate

    def write(self, frame: rtc.AudioFrame, wall_time: float) -> None:
        """Append a frame that came, and so began to be heard, at ``wall_time``.

        Raises:
            ValueError: a frame of another sample rate, or not mono.
        """
        if (frame.sample_rate, frame.num_channels) != (self._sample_rate, 1):
            raise ValueError(
                f"expected mono at {self._sample_rate} Hz, got {frame.num_channels} channel(s) "
                f"at {frame.sample_rate} Hz"
            )
        self.pad_to(wall_time)
        self._write(bytes(frame.data.cast("b")))

    def pad_to(self, wall_time: float) -> None:
        """Write silence up to ``wall_time`` if the file is behind it by a gap."""
        if self._origin is None:
            self._origin = wall_time
        behind = wall_time - self._origin - self.seconds
        if behind > _GAP_SECONDS:
            self._write(bytes(2 * round(behind * self._sample_rate)))

    def close(self) -> None:
        self._wav.close()

    def _write(self, data: bytes) -> None:
        self._wav.writeframesraw(data)
        self._written += len(data) // 2


@dataclass(frozen=True, slots=True)
class Track:
    """Mono 16 bit samples, and the wall time of the first."""

    samples: Samples
    sample_rate: int
    wall_time: float


def read_wav(path: Path, wall_time: float) -> Track:
    """A mono 16 bit WAV file. Raises ValueError for another format."""
    with wave.open(str(path), "rb") as wav:
        if (wav.getnchannels(), wav.getsampwidth()) != (1, 2):
            raise ValueError(f"{path} is not mono 16 bit audio")
        samples = np.frombuffer(wav.readframes(wav.getnframes()), dtype=np.int16)
        return Track(samples, wav.getframerate(), wall_time)


def write_wav(path: Path, samples: Samples, sample_rate: int) -> None:
    """Samples of shape ``(n,)``, or ``(n, channels)``, as a 16 bit WAV file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as wav:
        wav.setnchannels(1 if samples.ndim == 1 else samples.shape[1])
        wav.setsampwidth(2)
        wav.setframerate(sample_rate)
        wav.writeframes(np.ascontiguousarray(samples, dtype="<i2").tobytes())


def stereo(original: Track, translation: Track, *, sample_rate: int = 48_000) -> Samples:
    """Original left and translation right, as they were heard together; shape ``(n, 2)``.

    Time 0 is the earlier of the two beginnings.
    """
    origin = min(original.wall_time, translation.wall_time)
    channels = [
        _placed(track, origin=origin, sample_rate=sample_rate) for track in (original, translation)
    ]
    mixed = np.zeros((max(map(len, channels)), 2), dtype=np.int16)
    for column, channel in enumerate(channels):
        mixed[: len(channel), column] = channel
    return mixed


def _placed(track: Track, *, origin: float, sample_rate: int) -> Samples:
    delay = round((track.wall_time - origin) * sample_rate)
    samples = resample(track.samples, track.sample_rate, sample_rate)
    return np.concatenate([np.zeros(delay, dtype=np.int16), samples])


def resample(samples: Samples, source_rate: int, target_rate: int) -> Samples:
    """Mono samples at another rate."""
    if source_rate == target_rate:
        return samples
    resampler = rtc.AudioResampler(source_rate, target_rate, num_channels=1)
    parts: list[Samples] = []

    def keep(frames: list[rtc.AudioFrame]) -> None:
        parts.extend(np.frombuffer(frame.data, dtype=np.int16).copy() for frame in frames)

    for frame in frames_of(samples, source_rate, seconds=_CHUNK_SECONDS):
        keep(resampler.push(frame))
    keep(resampler.flush())
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int16)


def frames_of(samples: Samples, sample_rate: int, *, seconds: float = 0.02) -> list[rtc.AudioFrame]:
    """Mono samples cut into frames of ``seconds``; the last may be shorter."""
    size = max(round(seconds * sample_rate), 1)
    cuts = (samples[start : start + size] for start in range(0, len(samples), size))
    return [
        rtc.AudioFrame(np.ascontiguousarray(cut).tobytes(), sample_rate, 1, len(cut))
        for cut in cuts
    ]
