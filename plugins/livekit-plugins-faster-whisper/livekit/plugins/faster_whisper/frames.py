"""LiveKit audio frames as what Whisper reads: 16 kHz, mono, float32."""

import numpy as np
from livekit.agents.utils import AudioBuffer as Frames

from livekit import rtc

from .audio_buffer import SAMPLE_RATE, Samples


def mono(frame: rtc.AudioFrame) -> rtc.AudioFrame:
    """The frame with its channels averaged; itself when it has one."""
    if frame.num_channels == 1:
        return frame
    samples = np.frombuffer(frame.data, dtype=np.int16).reshape(-1, frame.num_channels)
    mixed = samples.mean(axis=1).astype(np.int16)
    return rtc.AudioFrame(mixed.tobytes(), frame.sample_rate, 1, frame.samples_per_channel)


def samples_of(frames: Frames) -> Samples:
    """All of a buffer's audio.

    Raises:
        ValueError: the frames do not share one sample rate.
    """
    parts = [mono(frame) for frame in (frames if isinstance(frames, list) else [frames])]
    rates = {frame.sample_rate for frame in parts}
    if len(rates) > 1:
        raise ValueError(f"the frames have different sample rates: {sorted(rates)}")
    if rates and rates != {SAMPLE_RATE}:
        parts = _resampled(parts, rates.pop())
    data = b"".join(bytes(frame.data) for frame in parts)
    return np.frombuffer(data, dtype=np.int16).astype(np.float32) / 32768.0


def _resampled(frames: list[rtc.AudioFrame], rate: int) -> list[rtc.AudioFrame]:
    resampler = rtc.AudioResampler(rate, SAMPLE_RATE, quality=rtc.AudioResamplerQuality.HIGH)
    result = [part for frame in frames for part in resampler.push(frame)]
    return result + resampler.flush()
