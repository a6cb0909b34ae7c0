"""Audio that Kokoro makes piece by piece, beside what it makes at once; real weights."""

from collections.abc import Iterator

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

from livekit.plugins.kokoro import Engine, speech_model
from livekit.plugins.kokoro.models import MODEL_FILE, VOICES_FILE, default_folder
from livekit.plugins.kokoro.preparation import prepared
from livekit.plugins.kokoro.speech_model import Piece, Saying, WindowedModel
from livekit.plugins.kokoro.statistics import VoiceStatistics
from livekit.plugins.kokoro.windows import Window

pytestmark = pytest.mark.models

RATE = 24_000
OPTIONS = onnxruntime.RunOptions()
VOICES = {
    "ef_dora": ("es", "La reunión se ha aplazado al jueves porque dos de ellos no podían venir."),
    "af_heart": ("en-us", "The meeting was moved to Thursday because two of them could not come."),
    "ff_siwis": (
        "fr-fr",
        "La réunion a été reportée à jeudi parce que deux ne pouvaient pas venir.",
    ),
}


@pytest.fixture(scope="module")
def parts() -> list[onnxruntime.InferenceSession]:
    file = default_folder() / MODEL_FILE
    if not file.is_file():
        pytest.skip(f"no Kokoro model in {file.parent}")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return [
        onnxruntime.InferenceSession(part, options, providers=["CPUExecutionProvider"])
        for part in prepared(file).parts
    ]


@pytest.fixture
def model(parts: list[onnxruntime.InferenceSession]) -> WindowedModel:
    """It knows of no voice."""
    first, second = parts
    return WindowedModel(first, second, VoiceStatistics(None))


@pytest.fixture(params=sorted(VOICES))
def saying(request: pytest.FixtureRequest, model: WindowedModel) -> Saying:
    voice = str(request.param)
    language, text = VOICES[voice]
    with np.load(default_folder() / VOICES_FILE) as styles:
        engine = Engine(model, {voice: styles[voice]})
        (tokens,) = engine._phonemizer.tokens(text, language)
        engine.close()
        return Saying(tokens, styles[voice][len(tokens) - 1], 1.0, voice)


def joined(pieces: Iterator[Piece]) -> NDArray[np.float32]:
    return np.concatenate([piece.samples for piece in pieces])


def at_once(frames: int, share: float) -> list[Window]:
    return [Window(0, 0, frames, frames)]


def loudness(samples: NDArray[np.float32]) -> float:
    return float(10 * np.log10(np.mean(samples**2)))


def test_pieces_join_as_if_they_were_one(
    model: WindowedModel, saying: Saying, monkeypatch: pytest.MonkeyPatch
) -> None:
    pieces = [piece.samples for piece in model.say(saying, OPTIONS)]
    while len(pieces) == 1:
        (whole,) = pieces
        pieces = [piece.samples for piece in model.say(saying, OPTIONS)]
    monkeypatch.setattr(speech_model, "windows", at_once)
    expected = joined(model.say(saying, OPTIONS))
    found = np.concatenate(pieces)
    assert len(found) == len(expected) == len(whole)
    # Two dynamically quantised computations differ by a tenth to a fifth anywhere.
    around = RATE // 40
    for border in np.cumsum([len(piece) for piece in pieces])[:-1]:
        near = slice(border - around, border + around)
        difference = np.linalg.norm(found[near] - expected[near])
        assert difference < 0.4 * np.linalg.norm(expected[near]) + 0.05
        jump = np.abs(np.diff(found[border - 2 : border + 2])).max()
        assert jump <= 1.5 * np.abs(np.diff(expected)).max()
    # The voice's own statistics, over all it has said, are this text's here.
    assert loudness(found) == pytest.approx(loudness(whole), abs=1.0)
