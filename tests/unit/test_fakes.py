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


def test_a_tone_that_seems_to_come_once_more_keeps_its_place() -> None:
    samples = tones.speak("charlie delta echo", 48_000)
    window = int(tones.WINDOW_SECONDS * 48_000)
    for edge in (10 * window, 14 * window):
        samples[edge : edge + window] = tones.speak("charlie", 48_000)[:window]
    assert tones.read(samples, 48_000) == ["charlie", "delta", "echo"]


@pytest.mark.parametrize("hole_seconds", [0.04, 0.12, 0.2])
def test_a_word_with_a_hole_is_one_word(hole_seconds: float) -> None:
    said = tones.speak("alpha bravo over.", 48_000)
    middle = int((1.5 * tones.WORD_SECONDS + tones.GAP_SECONDS) * 48_000)
    torn = np.concatenate([said[:middle], tones.silence(hole_seconds, 48_000), said[middle:]])
    assert tones.read(torn, 48_000) == "alpha bravo over.".split()


@pytest.mark.parametrize("text", ["alpha alpha over.", "alpha bravo alpha", "echo echo echo over."])
def test_a_word_that_is_said_again_is_read_again(text: str) -> None:
    assert tones.read(tones.speak(text, 48_000), 48_000) == text.split()
