"""Audio that Kokoro makes piece by piece, beside what it makes at once; real weights."""

from collections.abc import Iterator
from itertools import cycle, takewhile

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

from livekit.plugins.kokoro import Engine, speech_model
from livekit.plugins.kokoro.audio import Piece
from livekit.plugins.kokoro.models import VOICES_FILE, default_folder
from livekit.plugins.kokoro.speech_model import Saying, WindowedModel
from livekit.plugins.kokoro.statistics import VoiceStatistics
from livekit.plugins.kokoro.windows import Window
from tests.speeches import RATE, TEXTS, VOICES, NothingKnown, kokoro_parts

pytestmark = pytest.mark.models

OPTIONS = onnxruntime.RunOptions()
# In a text, by turns: as an interpreting voice is given them.
WORDS = (3, 8, 5)
SHORT = {"en": "Yes.", "es": "Gracias.", "fr": "Oui."}


@pytest.fixture(scope="module")
def parts() -> list[onnxruntime.InferenceSession]:
    return kokoro_parts()


def saying(engine: Engine, style: NDArray[np.float32], text: str, espeak: str) -> Saying:
    (tokens,) = engine._phonemizer.tokens(text, espeak)
    return Saying(tokens, style[len(tokens) - 1], 1.0, "voice")


def joined(pieces: Iterator[Piece]) -> NDArray[np.float32]:
    return np.concatenate([piece.samples for piece in pieces])


def at_once(frames: int, share: float) -> list[Window]:
    return [Window(0, 0, frames, frames)]


def loudness(samples: NDArray[np.float32]) -> float:
    return float(10 * np.log10(np.mean(samples**2)))


@pytest.mark.parametrize("language", sorted(TEXTS))
def test_a_voice_sounds_the_same_in_pieces_that_join(
    parts: list[onnxruntime.InferenceSession], language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = parts
    model = WindowedModel(first, second, VoiceStatistics(None))
    whole = WindowedModel(first, second, NothingKnown(None))
    voice, espeak = VOICES[language]
    words = TEXTS[language].split()
    with np.load(default_folder() / VOICES_FILE) as styles:
        style = styles[voice]
    engine = Engine(model, {voice: style})
    texts = [
        " ".join(words[at : at + count])
        for at, count in zip(range(0, len(words) - max(WORDS), 2), cycle(WORDS), strict=False)
    ]
    said = [saying(engine, style, text, espeak) for text in texts]
    learned = list(takewhile(lambda text: len(list(model.say(text, OPTIONS))) == 1, said))
    assert 12 <= len(learned) < len(said)
    for text in learned[4:8]:
        own = joined(whole.say(text, OPTIONS))
        pieces = [piece.samples for piece in model.say(text, OPTIONS)]
        if len(pieces) == 1:
            assert len(own) < 1.2 * RATE
            continue
        with monkeypatch.context() as patched:
            patched.setattr(speech_model, "windows", at_once)
            expected = joined(model.say(text, OPTIONS))
        check(pieces, expected)
        assert len(expected) == len(own)
        assert loudness(expected) == pytest.approx(loudness(own), abs=2.5)
    short = saying(engine, style, SHORT[language], espeak)
    assert np.array_equal(joined(model.say(short, OPTIONS)), joined(whole.say(short, OPTIONS)))
    engine.close()


def check(pieces: list[NDArray[np.float32]], expected: NDArray[np.float32]) -> None:
    """They join as if they were one."""
    found = np.concatenate(pieces)
    assert len(pieces) > 1 and len(found) == len(expected)
    # Two dynamically quantised computations differ by a tenth to a fifth anywhere.
    around = RATE // 40
    for border in np.cumsum([len(piece) for piece in pieces])[:-1]:
        near = slice(border - around, border + around)
        difference = np.linalg.norm(found[near] - expected[near])
        assert difference < 0.4 * np.linalg.norm(expected[near]) + 0.05
        jump = np.abs(np.diff(found[border - 2 : border + 2])).max()
        assert jump <= 1.5 * np.abs(np.diff(expected)).max()
