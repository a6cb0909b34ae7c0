"""The language of tones can be read back: what the integration tests rest on."""

import numpy as np
import pytest

from tests.fakes import tones

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("language", ["", "es", "fr", "de"])
def test_what_is_spoken_is_read_back(language: str) -> None:
    text = tones.translate("alpha bravo charlie delta echo over.", language)
    assert tones.read(tones.speak(text, 48_000), 48_000) == text.split()


def test_noise_and_silence_are_no_words() -> None:
    noise = np.random.default_rng(1).normal(0, 3000, 48_000).astype(np.int16)
    assert tones.read(noise, 48_000) == []
    assert tones.read(tones.silence(1.0, 48_000), 48_000) == []
