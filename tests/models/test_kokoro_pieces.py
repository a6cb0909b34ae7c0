"""Audio that Kokoro makes piece by piece, beside what it makes at once; real weights."""

from collections.abc import Iterator

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

from livekit.plugins.kokoro import LANGUAGES, Engine, speech_model, voices_of
from livekit.plugins.kokoro.audio import Piece
from livekit.plugins.kokoro.models import MODEL_FILE, SHA256, VOICES_FILE, default_folder
from livekit.plugins.kokoro.speech_model import Saying, WindowedModel
from livekit.plugins.kokoro.statistics import statistics_of
from livekit.plugins.kokoro.windows import Window
from tests.speeches import CANNOT_READ, RATE, kokoro_parts

pytestmark = pytest.mark.models

AROUND = RATE // 40
# A short one, a long one and one that is computed at once; the statistics are of other texts.
TEXTS = {
    "en": (
        "in the old harbour of the town",
        "Nobody knew why the ship had left so late that evening, and nobody asked the captain.",
        "Yes.",
    ),
    "es": (
        "en el viejo puerto de la ciudad",
        "Nadie sabía por qué el barco había zarpado tan tarde, y nadie preguntó al capitán.",
        "Gracias.",
    ),
    "fr": (
        "dans le vieux port de la ville",
        "Personne ne savait pourquoi le bateau était parti si tard, et personne ne le demanda.",
        "Oui.",
    ),
    "hi": (
        "शहर के पुराने बंदरगाह में",
        "किसी को नहीं पता था कि जहाज़ इतनी देर से क्यों निकला, और किसी ने कप्तान से नहीं पूछा।",
        "हाँ।",
    ),
    "it": (
        "nel vecchio porto della città",
        "Nessuno sapeva perché la nave fosse partita così tardi, e nessuno lo chiese al capitano.",
        "Sì.",
    ),
    "ja": (
        "町の古い港で待っていました",
        "なぜ船がその晩あんなに遅く出たのか、誰も知らず、誰も船長に聞きませんでした。",
        "はい。",
    ),
    "pt": (
        "no velho porto da cidade",
        "Ninguém sabia por que o navio tinha partido tão tarde, e ninguém perguntou ao capitão.",
        "Sim.",
    ),
    "zh": (
        "在这个城市的老港口",
        "没有人知道那艘船为什么那么晚才离开,也没有人去问船长。",
        "是的。",
    ),
}


@pytest.fixture(scope="module")
def parts() -> list[onnxruntime.InferenceSession]:
    return kokoro_parts()


def at_once(frames: int, share: float) -> list[Window]:
    return [Window(0, 0, frames, frames)]


def loudness(samples: NDArray[np.float32]) -> float:
    return float(10 * np.log10(np.mean(samples**2)))


class Listening(WindowedModel):
    """Keeps what it says piece by piece, what it would say at once, and by its own statistics."""

    def __init__(self, parts: list[onnxruntime.InferenceSession]) -> None:
        first, second = parts
        super().__init__(first, second, statistics_of(SHA256[MODEL_FILE]))
        self.pieces: list[NDArray[np.float32]] = []
        self.expected = self.own = np.zeros(0, np.float32)

    def say(self, saying: Saying, options: onnxruntime.RunOptions) -> Iterator[Piece]:
        self.own, _ = self.measured(saying, options)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(speech_model, "windows", at_once)
            (piece,) = super().say(saying, options)
        self.expected = piece.samples
        self.pieces = [piece.samples for piece in super().say(saying, options)]
        yield from map(Piece, self.pieces)


@pytest.mark.filterwarnings(*CANNOT_READ)
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_a_voice_sounds_the_same_in_pieces_that_join(
    parts: list[onnxruntime.InferenceSession], language: str
) -> None:
    model, spoken = Listening(parts), LANGUAGES[language]
    with np.load(default_folder() / VOICES_FILE) as styles:
        engine = Engine(model, {spoken.default_voice: styles[spoken.default_voice]})
    for text in TEXTS[language]:
        engine.synthesize(
            text, voice=spoken.default_voice, espeak_language=spoken.espeak, speed=1.0
        )
        if text == TEXTS[language][-1]:
            assert len(model.pieces) == 1
            assert np.array_equal(model.pieces[0], model.own)
            continue
        check(model.pieces, model.expected)
        assert len(model.expected) == len(model.own)
        assert loudness(model.expected) == pytest.approx(loudness(model.own), abs=3.5)
    engine.close()


class Recording:
    """A model that says nothing and notes whose voice it was asked for."""

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        self.session = session
        self.voices: list[str] = []

    def say(self, saying: Saying, options: onnxruntime.RunOptions) -> Iterator[Piece]:
        self.voices.append(saying.voice)
        yield Piece(np.zeros(RATE, np.float32))


def test_every_voice_on_offer_comes_in_pieces(parts: list[onnxruntime.InferenceSession]) -> None:
    model = Recording(parts[0])
    with np.load(default_folder() / VOICES_FILE) as styles:
        engine = Engine(model, dict(styles))
    offered = {voice for tag in [*LANGUAGES, "en-GB", "es-MX"] for voice in voices_of(tag)}
    for voice in offered:
        engine.synthesize("Hello.", voice=voice, espeak_language="en-us", speed=1.0)
    engine.close()
    assert set(model.voices) == set(statistics_of(SHA256[MODEL_FILE]))


def check(pieces: list[NDArray[np.float32]], expected: NDArray[np.float32]) -> None:
    """They join as if they were one."""
    found = np.concatenate(pieces)
    assert len(pieces) > 1 and len(found) == len(expected)
    borders = np.cumsum([len(piece) for piece in pieces])[:-1]
    # Two dynamically quantised computations differ everywhere, by a tenth to a half.
    inside = [
        difference(found, expected, at)
        for at in range(AROUND, len(expected) - AROUND, AROUND)
        if np.abs(borders - at).min() > 2 * AROUND
    ]
    for border in borders:
        assert difference(found, expected, border) < 1.5 * max(inside)
        jump = np.abs(np.diff(found[border - 2 : border + 2])).max()
        assert jump <= 1.5 * np.abs(np.diff(expected)).max()


def difference(found: NDArray[np.float32], expected: NDArray[np.float32], at: int) -> float:
    """Of a twentieth of a second around a sample, as a share of it."""
    near = slice(at - AROUND, at + AROUND)
    silence = 0.5
    return float(
        np.linalg.norm(found[near] - expected[near]) / (np.linalg.norm(expected[near]) + silence)
    )
