"""The model in two parts says what it says in one, whole and in windows."""

from itertools import count
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

from livekit.plugins.kokoro import speech_model
from livekit.plugins.kokoro.audio import Piece
from livekit.plugins.kokoro.generator import in_two_parts
from livekit.plugins.kokoro.speech_model import Saying, WholeModel, WindowedModel
from livekit.plugins.kokoro.statistics import Moments
from livekit.plugins.kokoro.windows import Window

pytestmark = pytest.mark.unit

CHANNELS, STEPS = 4, 120
RANDOM = np.random.default_rng(4)
STYLE = RANDOM.standard_normal((1, 2 * CHANNELS)).astype(np.float32)
OPTIONS = onnxruntime.RunOptions()


def node(kind: str, inputs: str, output: str, **options: Any) -> NodeProto:
    return helper.make_node(kind, inputs.split(), output.split(), **options)


def constant(*shape: int) -> NDArray[np.float32]:
    return (RANDOM.standard_normal(shape) / 4).astype(np.float32)


def speech(*, normalised: bool = True, joined: str = "Sqrt") -> onnx.ModelProto:
    """As the published model: each token is a frame, of 2 values decoded and 600 samples."""
    norm = node("InstanceNormalization", "long.sourced scale bias", "normal", epsilon=1e-5)
    nodes = [
        node("Cast", "tokens", "numbers", to=TensorProto.FLOAT),
        node("Unsqueeze", "numbers axis", "row"),
        node("Mul", "row speed", "paced"),
        node("ConvTranspose", "paced decode", "decoded", strides=[2]),
        node("ConvTranspose", "paced vibrate", "buzz.short", strides=[STEPS]),
        node("Pad", "buzz.short one.more", "buzz"),
        node("Abs", "buzz", "positive"),
        node(joined, "positive", "magnitude"),
        node("Greater", "buzz zero", "above"),
        node("Where", "above buzz zero", "phase"),
        node("Concat", "magnitude phase", "source", axis=1),
        node("LeakyRelu", "decoded", "active"),
        node("ConvTranspose", "active lengthen", "long", strides=[STEPS // 2]),
        node("Pad", "long one.more", "long.more"),
        node("Conv", "source colour", "coloured"),
        node("Add", "long.more coloured", "long.sourced"),
        node("Split", "style", "scale.row bias.row", axis=1, num_outputs=2),
        node("Reshape", "scale.row flat", "scale"),
        node("Reshape", "bias.row flat", "bias"),
        norm if normalised else node("Identity", "long.sourced", "normal"),
        node("Conv", "normal smooth", "smoothed", pads=[40, 40], dilations=[20]),
        node("ConvTranspose", "smoothed inverse", "samples.more", strides=[5]),
        node("Slice", "samples.more none fifth last", "samples"),
        node("Reshape", "samples flat", "audio.all"),
    ]
    constants = {
        "axis": np.array([1]),
        "flat": np.array([-1]),
        "zero": np.array(0, np.float32),
        "one.more": np.array([0, 0, 0, 0, 0, 1]),
        "none": np.array([0]),
        "fifth": np.array([-5]),
        "last": np.array([2]),
        "decode": constant(1, CHANNELS, 2),
        "vibrate": constant(1, 3, STEPS),
        "lengthen": constant(CHANNELS, CHANNELS, STEPS // 2),
        "colour": constant(CHANNELS, 6, 1),
        "smooth": constant(1, CHANNELS, 5),
        "inverse": constant(1, 1, 5),
    }
    inputs = [
        helper.make_tensor_value_info("tokens", TensorProto.INT64, [1, None]),
        helper.make_tensor_value_info("style", TensorProto.FLOAT, list(STYLE.shape)),
        helper.make_tensor_value_info("speed", TensorProto.FLOAT, [1]),
    ]
    outputs = [helper.make_tensor_value_info("audio.all", TensorProto.FLOAT, [None])]
    tensors = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "test", inputs, outputs, tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)


def session(model: onnx.ModelProto) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )


def windowed(model: onnx.ModelProto, *known: str) -> WindowedModel:
    """With the statistics of the voices ``known``, those of some text."""
    parts = in_two_parts(model)
    assert parts is not None
    first, second = map(session, parts)
    statistics: dict[str, Moments] = {}
    whole = WindowedModel(first, second, statistics)
    for voice in known:
        _, statistics[voice] = whole.measured(saying(60, voice=voice), OPTIONS)
    return whole


def saying(frames: int, *, voice: str = "ef_dora") -> Saying:
    tokens = RANDOM.integers(1, 9, frames - 2).tolist()
    return Saying(tokens, STYLE, 1.0, voice)


def joined(pieces: list[Piece]) -> NDArray[np.float32]:
    return np.concatenate([piece.samples for piece in pieces])


def test_a_voice_of_which_nothing_is_known_says_what_the_model_in_one_part_says() -> None:
    model, said = speech(), saying(80)
    (whole,) = WholeModel(session(model)).say(said, OPTIONS)
    (piece,) = windowed(model).say(said, OPTIONS)
    assert len(piece.samples) == 80 * 600
    assert np.abs(piece.samples - whole.samples).max() < 1e-4
    assert piece.last


def test_windows_join_without_a_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    parts, said = windowed(speech(), "ef_dora"), saying(400)
    pieces = list(parts.say(said, OPTIONS))
    assert len(pieces) > 3
    assert [piece.last for piece in pieces] == [*[False] * (len(pieces) - 1), True]
    monkeypatch.setattr(speech_model, "windows", lambda n, share: [Window(0, 0, n, n)])
    (whole,) = parts.say(said, OPTIONS)
    assert np.abs(joined(pieces) - whole.samples).max() < 1e-4


def test_a_text_sounds_as_the_voice_does_elsewhere() -> None:
    """Not as its own statistics would have it."""
    model = speech()
    parts = windowed(model, "ef_dora")
    other = Saying([1] * 98, STYLE, 3.0, "ef_dora")
    (own,) = WholeModel(session(model)).say(other, OPTIONS)
    assert np.abs(joined(list(parts.say(other, OPTIONS))) - own.samples).max() > 0.1


def test_a_short_text_sounds_by_itself() -> None:
    """With statistics of longer ones "Yes." is not heard at all."""
    model, short = speech(), saying(39)
    (own,) = WholeModel(session(model)).say(short, OPTIONS)
    (piece,) = windowed(model, "ef_dora").say(short, OPTIONS)
    assert np.abs(piece.samples - own.samples).max() < 1e-4


def test_each_voice_has_its_own() -> None:
    parts = windowed(speech(), "ef_dora")
    assert len(list(parts.say(saying(400, voice="em_alex"), OPTIONS))) == 1


@pytest.mark.parametrize("seconds", [0.0, 1e6])
def test_a_clock_that_jumps_is_no_reason_to_fail(
    monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    parts = windowed(speech(), "ef_dora")
    ticks = count(0.0, seconds)
    monkeypatch.setattr("time.perf_counter", lambda: next(ticks))
    for _ in range(20):
        assert len(joined(list(parts.say(saying(400), OPTIONS)))) == 400 * 600


@pytest.mark.parametrize(
    "other", [{"normalised": False}, {"joined": "Neg"}], ids=["no normalisation", "no spectrum"]
)
def test_a_model_of_another_kind_stays_in_one_part(other: dict[str, Any]) -> None:
    assert in_two_parts(speech(**other)) is None
