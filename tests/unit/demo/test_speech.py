"""Recordings that can be played into a room, and those that cannot."""

from pathlib import Path

import numpy as np
import pytest

from agent.demo.speech import SAMPLE_RATE, load_speech
from agent.evaluation.recording import write_wav
from agent.local.errors import LocalRunError

pytestmark = pytest.mark.unit


def tone(seconds: float, rate: int, *, level: float = 0.3) -> np.ndarray[tuple[int], np.dtype]:
    times = np.arange(round(seconds * rate)) / rate
    return (level * 32767 * np.sin(2 * np.pi * 440 * times)).astype(np.int16)


def test_any_rate_becomes_48_khz_mono(tmp_path: Path) -> None:
    path = tmp_path / "talk.wav"
    write_wav(path, np.stack([tone(1.0, 22_050)] * 2, axis=1), 22_050)
    samples = load_speech(path)
    assert samples.dtype == np.int16
    assert abs(len(samples) / SAMPLE_RATE - 1.0) < 0.01
    assert abs(int(np.abs(samples).max()) - 0.3 * 32767) < 500


@pytest.mark.parametrize(
    ("contents", "message"),
    [
        (None, "there is no recording .*talk.wav: give an audio file"),
        (b"", "talk.wav has no audio"),
        (b"not audio at all" * 100, "talk.wav has no audio that can be read"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "talk.wav has no audio"),
    ],
)
def test_what_is_no_recording_is_named(
    tmp_path: Path, contents: bytes | None, message: str
) -> None:
    path = tmp_path / "talk.wav"
    if contents is not None:
        path.write_bytes(contents)
    with pytest.raises(LocalRunError, match=message):
        load_speech(path)


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        (np.zeros(48_000, dtype=np.int16), "silent from beginning to end"),
        (tone(1.0, 48_000, level=0.001), "silent from beginning to end"),
        (tone(0.2, 48_000), "too short to hold speech"),
    ],
)
def test_recordings_without_anything_to_hear(
    tmp_path: Path, samples: np.ndarray[tuple[int], np.dtype], message: str
) -> None:
    path = tmp_path / "talk.wav"
    write_wav(path, samples, 48_000)
    with pytest.raises(LocalRunError, match=message):
        load_speech(path)
