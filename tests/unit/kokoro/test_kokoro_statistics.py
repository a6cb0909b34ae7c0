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


def learn(
    statistics: VoiceStatistics, voice: str = "a", *, texts: int = 12, each: float = 3.0
) -> list[NDArray[np.float32]]:
    said = [values(each, louder=1.0 + number / 4) for number in range(texts)]
    for number, text in enumerate(said):
        statistics.learn(voice, [number], moments_of(text), each)
    return said


def test_they_are_those_of_everything_that_was_said_until_it_was_enough() -> None:
    statistics = VoiceStatistics(None)
    texts = learn(statistics, texts=11, each=1.5)
    assert statistics.of("a") is None
    texts.append(values(1.0, louder=3.0))
    statistics.learn("a", [99], moments_of(texts[-1]), 1.0)
    known = statistics.of("a")
    assert known is not None
    assert same(known.moments, moments_of(np.concatenate(texts, axis=1)))
    assert known.text_seconds == pytest.approx((11 * 1.5 + 1.0) / 12)
    assert statistics.of("b") is None


def test_then_they_stay_what_they_are() -> None:
    statistics = VoiceStatistics(None)
    learn(statistics)
    known = statistics.of("a")
    statistics.learn("a", [999], moments_of(values(60.0, louder=9.0)), 60.0)
    assert statistics.of("a") is known


def test_many_short_texts_are_too_little() -> None:
    statistics = VoiceStatistics(None)
    learn(statistics, texts=15, each=1.0)
    assert statistics.of("a") is None


def test_one_text_many_times_is_too_little() -> None:
    statistics = VoiceStatistics(None)
    for _ in range(30):
        statistics.learn("a", [1, 2, 3], moments_of(values(5.0)), 5.0)
    assert statistics.of("a") is None


def test_what_is_no_number_is_not_learned() -> None:
    statistics = VoiceStatistics(None)
    statistics.learn("a", [1], moments_of(np.full((3, 100), np.nan, np.float32)), 10.0)
    texts = learn(statistics)
    known = statistics.of("a")
    assert known is not None
    # Text 1 was heard, and is not asked for again.
    assert np.isfinite(known.moments[0][0]).all() and len(texts) == 12


def test_they_are_kept_for_the_next_process(tmp_path: Path) -> None:
    statistics = VoiceStatistics(tmp_path / "voices")
    learn(statistics)
    known, kept = statistics.of("a"), VoiceStatistics(tmp_path / "voices").of("a")
    assert known is not None and kept is not None
    assert same(kept.moments, known.moments)
    assert kept.text_seconds == known.text_seconds == 3.0
    assert [path.name for path in (tmp_path / "voices").iterdir()] == ["a"]


@pytest.mark.parametrize("damage", ["empty", "short", "flipped", "another", "a folder"])
def test_a_damaged_file_is_made_anew(
    tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    learn(VoiceStatistics(tmp_path))
    path = tmp_path / "a"
    good = path.read_bytes()
    path.unlink()
    match damage:
        case "a folder":
            path.mkdir()
        case "flipped":
            path.write_bytes(good[:200] + bytes([good[200] ^ 4]) + good[201:])
        case _:
            path.write_bytes({"empty": b"", "short": good[:-1], "another": b"PK\x03\x04"}[damage])
    statistics = VoiceStatistics(tmp_path)
    with caplog.at_level(logging.INFO):
        assert statistics.of("a") is None
        assert statistics.of("a") is None
    assert caplog.text.count("cannot be read") == 1
    if damage != "a folder":
        learn(statistics)
        assert VoiceStatistics(tmp_path).of("a") is not None


def test_a_folder_that_cannot_be_written_costs_no_more_than_a_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "voices").write_text("a file where the folder would be")
    statistics = VoiceStatistics(tmp_path / "voices")
    with caplog.at_level(logging.INFO):
        learn(statistics)
    assert statistics.of("a") is not None
    assert caplog.text.count("cannot be kept") == 1
