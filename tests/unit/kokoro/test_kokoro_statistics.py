"""What is learned of a voice from what it says."""

import logging
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from livekit.plugins.kokoro.statistics import Moments, VoiceStatistics

pytestmark = pytest.mark.unit

RANDOM = np.random.default_rng(7)


def moments_of(values: NDArray[np.float32]) -> Moments:
    return [(values.mean(axis=1), values.var(axis=1))]


def values(seconds: float, *, louder: float = 1.0) -> NDArray[np.float32]:
    """Three channels, ten values a second."""
    return (louder * RANDOM.standard_normal((3, int(10 * seconds))) + louder).astype(np.float32)


def same(a: Moments, b: Moments) -> bool:
    pairs = zip(a, b, strict=True)
    return all(np.allclose(x, y, rtol=1e-4) for p, q in pairs for x, y in zip(p, q, strict=True))


def test_they_are_those_of_everything_that_was_said_until_it_was_enough() -> None:
    statistics = VoiceStatistics(None)
    texts = [values(2.0), values(5.0, louder=3.0), values(1.5, louder=0.1)]
    for text, seconds in zip(texts, (2.0, 5.0, 1.5), strict=True):
        assert statistics.of("a") is None
        statistics.learn("a", moments_of(text), seconds)
    known = statistics.of("a")
    assert known is not None
    assert same(known, moments_of(np.concatenate(texts, axis=1)))
    assert statistics.of("b") is None


def test_they_are_kept_for_the_next_process(tmp_path: Path) -> None:
    text = values(9.0)
    VoiceStatistics(tmp_path / "voices").learn("a+b", moments_of(text), 9.0)
    known = VoiceStatistics(tmp_path / "voices").of("a+b")
    assert known is not None
    assert same(known, moments_of(text))
    assert [path.name for path in (tmp_path / "voices").iterdir()] == ["a+b.npz"]


@pytest.mark.parametrize("contents", [b"", b"PK\x03\x04 cut off", b"no archive at all"])
def test_a_damaged_file_is_made_anew(
    tmp_path: Path, contents: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "a.npz").write_bytes(contents)
    statistics = VoiceStatistics(tmp_path)
    with caplog.at_level(logging.INFO):
        assert statistics.of("a") is None
        assert statistics.of("a") is None
    assert caplog.text.count("cannot be read") == 1
    statistics.learn("a", moments_of(values(9.0)), 9.0)
    assert VoiceStatistics(tmp_path).of("a") is not None


def test_a_folder_that_cannot_be_written_costs_no_more_than_a_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "voices").write_text("a file where the folder would be")
    statistics = VoiceStatistics(tmp_path / "voices")
    with caplog.at_level(logging.INFO):
        statistics.learn("a", moments_of(values(9.0)), 9.0)
    assert statistics.of("a") is not None
    assert caplog.text.count("cannot be kept") == 1
