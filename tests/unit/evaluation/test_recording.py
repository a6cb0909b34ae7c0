from pathlib import Path

import numpy as np
import pytest

from agent.evaluation.recording import (
    Track,
    WavRecorder,
    frames_of,
    read_wav,
    resample,
    stereo,
    write_wav,
)

pytestmark = pytest.mark.unit
RATE = 16_000


def ones(seconds: float, value: int = 1000) -> np.ndarray:
    return np.full(round(seconds * RATE), value, dtype=np.int16)


def test_time_without_frames_is_silence(tmp_path: Path) -> None:
    path = tmp_path / "es.wav"
    (frame,) = frames_of(ones(0.5), RATE, seconds=1)
    with WavRecorder(path, sample_rate=RATE) as recorder:
        recorder.write(frame, 100.0)
        recorder.write(frame, 100.52)  # jitter, not a gap
        recorder.write(frame, 102.0)
        assert recorder.origin == 100.0
    samples = read_wav(path, 100.0).samples
    assert len(samples) == round(2.5 * RATE)
    assert samples[:RATE].all()
    assert not samples[RATE : 2 * RATE].any()
    assert samples[2 * RATE :].all()


def test_recorder_takes_only_its_own_format(tmp_path: Path) -> None:
    (frame,) = frames_of(ones(0.1), 8000, seconds=1)
    with (
        WavRecorder(tmp_path / "x.wav", sample_rate=RATE) as recorder,
        pytest.raises(ValueError, match="expected mono at 16000 Hz"),
    ):
        recorder.write(frame, 0.0)


def test_stereo_keeps_the_lag_between_the_channels() -> None:
    mixed = stereo(
        Track(ones(1.0), RATE, 50.0), Track(ones(1.0, 500), RATE, 52.0), sample_rate=RATE
    )
    assert mixed.shape == (3 * RATE, 2)
    assert mixed[:RATE, 0].all() and not mixed[RATE:, 0].any()
    assert not mixed[: 2 * RATE, 1].any() and mixed[2 * RATE :, 1].all()


def test_resampling_keeps_length_and_tone() -> None:
    tone = (8000 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)).astype(np.int16)
    up = resample(tone, RATE, 48_000)
    assert abs(len(up) - 48_000) < 500
    spectrum = np.abs(np.fft.rfft(up.astype(float)))
    assert np.argmax(spectrum) * 48_000 / len(up) == pytest.approx(440, abs=5)


def test_stereo_file_round_trip_is_refused_as_mono(tmp_path: Path) -> None:
    path = tmp_path / "both.wav"
    write_wav(path, np.zeros((10, 2), dtype=np.int16), RATE)
    with pytest.raises(ValueError, match="not mono"):
        read_wav(path, 0.0)
