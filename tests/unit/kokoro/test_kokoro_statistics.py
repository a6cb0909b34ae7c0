"""What is known of the voices beforehand."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from livekit.plugins.kokoro.models import MODEL_FILE, SHA256
from livekit.plugins.kokoro.statistics import Moments, average, keep, statistics_of

pytestmark = pytest.mark.unit

RANDOM = np.random.default_rng(7)


def moments_of(*layers: NDArray[np.float32]) -> Moments:
    return [(values.mean(axis=1), values.var(axis=1)) for values in layers]


def values(seconds: float, *, channels: int = 3, louder: float = 1.0) -> NDArray[np.float32]:
    """Ten a second of each channel."""
    said = RANDOM.standard_normal((channels, int(10 * seconds)))
    return (louder * said + louder).astype(np.float32)


def same(a: Moments, b: Moments) -> bool:
    pairs = zip(a, b, strict=True)
    return all(np.allclose(x, y, rtol=2e-3) for p, q in pairs for x, y in zip(p, q, strict=True))


def test_the_average_is_that_of_all_texts_as_if_they_were_one() -> None:
    texts = [(values(each, louder=each), values(each, channels=2)) for each in (1.5, 3.0, 4.5)]
    measured = [(moments_of(*text), len(text[0][0]) / 10) for text in texts]
    together = [np.concatenate(layer, axis=1) for layer in zip(*texts, strict=True)]
    assert same(average(measured), moments_of(*together))


def test_they_are_kept_by_voice(tmp_path: Path) -> None:
    file = tmp_path / "statistics.npz"
    # A variance of a million is no number of half precision.
    known = {
        voice: moments_of(values(9.0, louder=louder), values(9.0, channels=5))
        for voice, louder in {"ana": 1.0, "ben": 1000.0}.items()
    }
    keep(known, "the model", file)
    kept = statistics_of("the model", file)
    assert sorted(kept) == ["ana", "ben"]
    assert all(same(kept[voice], known[voice]) for voice in known)


def test_of_another_model_nothing_is_known(tmp_path: Path) -> None:
    file = tmp_path / "statistics.npz"
    keep({"ana": moments_of(values(9.0))}, "the model", file)
    assert statistics_of("another", file) == {}


def test_those_of_the_published_model_are_at_hand() -> None:
    known = statistics_of(SHA256[MODEL_FILE])
    assert len(known) > 30
    for moments in known.values():
        assert all(np.isfinite(part).all() for pair in moments for part in pair)
        assert all((variance >= 0).all() for _, variance in moments)
