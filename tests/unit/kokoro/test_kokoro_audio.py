"""Silence around speech, and clicks at its ends."""

import numpy as np
import pytest

from livekit.plugins.kokoro.audio import SAMPLE_RATE, silence, to_pcm

pytestmark = pytest.mark.unit

TONE = 0.5 * np.sin(2 * np.pi * 200 * np.arange(SAMPLE_RATE) / SAMPLE_RATE + 1.0)


def padded(before: float, after: float) -> np.ndarray:
    """A second of tone in low noise."""
    sizes = (int(before * SAMPLE_RATE), int(after * SAMPLE_RATE))
    hiss = [0.002 * np.ones(size) for size in sizes]
    return np.concatenate([hiss[0], TONE, hiss[1]]).astype(np.float32)


@pytest.mark.parametrize(("after_mark", "pause"), [(True, 0.06), (False, 0.03)])
def test_long_silence_is_trimmed_to_a_short_one(after_mark: bool, pause: float) -> None:
    pcm = to_pcm(padded(0.4, 0.5), after_mark=after_mark)
    assert len(pcm) / SAMPLE_RATE == pytest.approx(1.0 + 0.02 + pause, abs=0.003)


def test_short_silence_stays_as_it_is() -> None:
    assert len(to_pcm(padded(0.01, 0.02))) / SAMPLE_RATE == pytest.approx(1.03, abs=0.003)


def test_both_ends_fade_so_that_joined_pieces_do_not_click() -> None:
    loud_to_the_edge = np.full(SAMPLE_RATE, 0.8, np.float32)
    pcm = to_pcm(loud_to_the_edge)
    assert abs(int(pcm[0])) < 10 and abs(int(pcm[-1])) < 10
    assert np.abs(np.diff(pcm.astype(np.int32))).max() < 0.8 * 32767 / 50
    assert pcm[SAMPLE_RATE // 2] == pytest.approx(0.8 * 32767, abs=2)
    assert loud_to_the_edge[0] == np.float32(0.8), "the model's own buffer is left alone"


def test_loud_samples_are_limited_and_silence_is_silent() -> None:
    assert to_pcm(np.full(SAMPLE_RATE, 3.0, np.float32)).max() == 32767
    assert to_pcm(np.full(SAMPLE_RATE, 1.5, np.float32), gain=0.5).max() == 24575
    assert not np.any(to_pcm(np.zeros(2400, np.float32)))
    assert len(to_pcm(np.zeros(0, np.float32))) == 0
    assert len(silence(0.5)) == SAMPLE_RATE
