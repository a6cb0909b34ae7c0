"""Faster playing keeps the pitch and every bit of the content."""

import numpy as np
import pytest

from livekit import rtc
from livekit.plugins.cascade.tempo import Tempo

pytestmark = pytest.mark.unit

RATE = 24000


def tone(hertz: float, seconds: float) -> list[rtc.AudioFrame]:
    time = np.arange(int(RATE * seconds)) / RATE
    samples = (8000 * np.sin(2 * np.pi * hertz * time)).astype(np.int16)
    return [
        rtc.AudioFrame(part.tobytes(), RATE, 1, len(part))
        for part in np.split(samples, range(480, len(samples), 480))
    ]


@pytest.mark.parametrize("ratio", [1.1, 1.3, 1.45])
def test_is_shorter_by_the_ratio_at_the_same_pitch(ratio: float) -> None:
    tempo = Tempo(sample_rate=RATE, ratio=ratio)
    frames = [out for frame in tone(220, 4.0) for out in tempo.push(frame)] + list(tempo.flush())
    samples = np.concatenate([np.frombuffer(frame.data, dtype=np.int16) for frame in frames])
    assert len(samples) / RATE == pytest.approx(4.0 / ratio, abs=0.1)
    spectrum = np.abs(np.fft.rfft(samples[RATE // 2 : RATE // 2 + RATE]))
    assert int(np.argmax(spectrum)) == pytest.approx(220, abs=2)
