"""Audio addressed by media time, whatever was dropped before."""

import numpy as np
import pytest

from livekit.plugins.faster_whisper.audio_buffer import SAMPLE_RATE, AudioBuffer

pytestmark = pytest.mark.unit


def ramp(seconds: float, first: int = 0) -> np.ndarray:
    count = round(seconds * SAMPLE_RATE)
    return (np.arange(first, first + count) % 30_000).astype(np.int16)


def test_media_time_counts_on_after_a_drop() -> None:
    buffer = AudioBuffer()
    buffer.append(ramp(3.0))
    buffer.drop_before(2.0)
    buffer.append(ramp(1.0, first=3 * SAMPLE_RATE))
    assert (buffer.start, buffer.end, buffer.duration) == (2.0, 4.0, 2.0)
    expected = ramp(1.5, first=round(2.5 * SAMPLE_RATE)) / np.float32(32768.0)
    np.testing.assert_array_equal(buffer.read(2.5, 4.0), expected)


def test_read_is_cut_to_what_is_held() -> None:
    buffer = AudioBuffer()
    buffer.append(ramp(1.0))
    buffer.drop_before(0.5)
    assert len(buffer.read(0.0, 9.0)) == SAMPLE_RATE // 2
    assert len(buffer.read(2.0, 1.0)) == 0


def test_read_is_a_copy() -> None:
    buffer = AudioBuffer()
    buffer.append(ramp(0.1))
    audio = buffer.read(0.0, 0.1)
    buffer.drop_before(0.1)
    buffer.append(np.zeros(1600, dtype=np.int16))
    assert audio[-1] == np.float32(1599 / 32768.0)


def test_memory_stays_bounded_while_old_audio_is_dropped() -> None:
    buffer = AudioBuffer()
    for second in range(300):
        buffer.append(ramp(1.0))
        buffer.drop_before(second - 7.0)
    assert buffer.end == 300.0
    assert buffer._samples.size <= 32 * SAMPLE_RATE


def test_dropping_the_future_keeps_the_clock() -> None:
    buffer = AudioBuffer()
    buffer.append(ramp(1.0))
    buffer.drop_before(5.0)
    assert (buffer.start, buffer.end) == (1.0, 1.0)
