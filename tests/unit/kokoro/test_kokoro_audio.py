"""Silence around speech, and clicks at its ends."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from livekit.plugins.kokoro.audio import SAMPLE_RATE, Piece, silence
from livekit.plugins.kokoro.audio import to_pcm as pcm_of

pytestmark = pytest.mark.unit

TONE = 0.5 * np.sin(2 * np.pi * 200 * np.arange(SAMPLE_RATE) / SAMPLE_RATE + 1.0)


def to_pcm(*pieces: Piece, **options: Any) -> NDArray[np.int16]:
    return np.concatenate(list(pcm_of(pieces, **options)))


def padded(before: float, after: float) -> Piece:
    """A second of tone in low noise."""
    sizes = (int(before * SAMPLE_RATE), int(after * SAMPLE_RATE))
    hiss = [0.002 * np.ones(size) for size in sizes]
    return Piece(np.concatenate([hiss[0], TONE, hiss[1]]).astype(np.float32))


@pytest.mark.parametrize(("after_mark", "pause"), [(True, 0.06), (False, 0.03)])
def test_long_silence_is_trimmed_to_a_short_one(after_mark: bool, pause: float) -> None:
    pcm = to_pcm(padded(0.4, 0.5), after_mark=after_mark)
    assert len(pcm) / SAMPLE_RATE == pytest.approx(1.0 + 0.02 + pause, abs=0.003)


def test_short_silence_stays_as_it_is() -> None:
    assert len(to_pcm(padded(0.01, 0.02))) / SAMPLE_RATE == pytest.approx(1.03, abs=0.003)


def test_both_ends_fade_so_that_joined_pieces_do_not_click() -> None:
    loud_to_the_edge = np.full(SAMPLE_RATE, 0.8, np.float32)
    pcm = to_pcm(Piece(loud_to_the_edge))
    assert abs(int(pcm[0])) < 10 and abs(int(pcm[-1])) < 10
    assert np.abs(np.diff(pcm.astype(np.int32))).max() < 0.8 * 32767 / 50
    assert pcm[SAMPLE_RATE // 2] == pytest.approx(0.8 * 32767, abs=2)
    assert loud_to_the_edge[0] == np.float32(0.8), "the model's own buffer is left alone"


def test_loud_samples_are_limited_and_silence_is_silent() -> None:
    assert to_pcm(Piece(np.full(SAMPLE_RATE, 3.0, np.float32))).max() == 32767
    assert to_pcm(Piece(np.full(SAMPLE_RATE, 1.5, np.float32)), gain=0.5).max() == 24575
    assert not np.any(to_pcm(Piece(np.zeros(2400, np.float32))))
    assert len(to_pcm(Piece(np.zeros(0, np.float32)))) == 0
    assert len(silence(0.5)) == SAMPLE_RATE


@pytest.mark.parametrize(
    "borders",
    [
        [],
        [5_000],
        [9_500],
        [9_700],
        [30_000],
        [34_000],
        [500, 20_000],
        [4_000, 9_300, 33_700, 38_000],
    ],
)
def test_in_pieces_it_is_what_it_is_in_one(borders: list[int]) -> None:
    whole = padded(0.4, 0.4)
    cuts = [0, *borders, len(whole.samples)]
    pieces = [
        Piece(whole.samples[a:b], last=b == cuts[-1]) for a, b in zip(cuts, cuts[1:], strict=False)
    ]
    assert np.array_equal(to_pcm(*pieces), to_pcm(whole))


def test_a_pause_between_two_pieces_stays() -> None:
    tone = TONE[:12_000].astype(np.float32)
    quiet = np.zeros(6_000, np.float32)
    pieces = [Piece(tone, last=False), Piece(quiet, last=False), Piece(tone)]
    assert len(to_pcm(*pieces)) == pytest.approx(30_000, abs=100)


def test_a_text_of_silence_is_short() -> None:
    quiet = np.zeros(SAMPLE_RATE, np.float32)
    assert len(to_pcm(Piece(quiet))) <= 0.06 * SAMPLE_RATE
    assert len(to_pcm(Piece(quiet, last=False), Piece(quiet))) <= 0.06 * SAMPLE_RATE
