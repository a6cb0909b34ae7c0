"""Silence around speech is cut from what makes the audio, and from nothing that predicts it."""

from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

from livekit.plugins.kokoro.silence import use_less_silence

pytestmark = pytest.mark.unit

FRAMES = 20
PITCH = np.arange(2 * FRAMES, dtype=np.float32)[None]
CONSTANTS = {
    "axis": np.array([1]),
    "flat": np.array([1, -1]),
    "lengths": np.eye(FRAMES, dtype=np.bool_)[None],
    "features": np.arange(2 * FRAMES, dtype=np.float32).reshape(1, 2, FRAMES),
    "double": np.array([1, 1, 2], np.float32),
}


def node(kind: str, inputs: str, output: str, **options: Any) -> NodeProto:
    return helper.make_node(kind, inputs.split(), [output], **options)


def speech(*, upsampled: str = "pitch.row") -> onnx.ModelProto:
    """As the published model joins what it predicts, and in its order: the text comes first."""
    nodes = [
        node("And", "lengths lengths", "aligned"),
        node("Cast", "aligned", "alignment", to=TensorProto.FLOAT),
        node("MatMul", "features alignment", "text"),
    ]
    for curve in ("pitch", "energy"):
        nodes += [
            node("Squeeze", f"predicted.{curve} axis", f"{curve}.squeezed"),
            node("Reshape", f"{curve}.squeezed flat", curve),
            node("Unsqueeze", f"{curve} axis", f"{curve}.row"),
        ]
    nodes += [
        helper.make_node("Resize", [upsampled, "", "double"], ["upsampled"]),
        node("MaxPool", "pitch.row", "pitch.frame", kernel_shape=[2], strides=[2]),
        node("MaxPool", "energy.row", "energy.frame", kernel_shape=[2], strides=[2]),
        node("Concat", "text pitch.frame energy.frame", "audio", axis=1),
    ]
    inputs = [
        helper.make_tensor_value_info(f"predicted.{curve}", TensorProto.FLOAT, [1, 1, None])
        for curve in ("pitch", "energy")
    ]
    outputs = [onnx.ValueInfoProto(name=name) for name in ("audio", "upsampled")]
    constants = [numpy_helper.from_array(value, name) for name, value in CONSTANTS.items()]
    graph = helper.make_graph(nodes, "test", inputs, outputs, constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)


def heard(model: onnx.ModelProto, energy: NDArray[np.float32]) -> NDArray[np.float32]:
    """Frames of the input that are made into audio, by the first feature of each."""
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    inputs = {"predicted.pitch": PITCH[None], "predicted.energy": energy[None, None]}
    audio, upsampled = session.run(None, inputs)
    frames: NDArray[np.float32] = np.asarray(audio, np.float32)[0, 0]
    # All three are cut at the same places, the curves twice as long.
    assert (np.asarray(audio)[0, 2] == 2 * frames + 1).all()
    assert np.asarray(upsampled).shape[-1] == 4 * len(frames)
    return frames


@pytest.mark.parametrize(
    ("loud", "first", "last"),
    [
        (slice(16, 24), 6, 13),
        (slice(17, 23), 6, 13),
        (slice(0, 40), 0, 19),
        (slice(2, 39), 0, 19),
        (slice(20, 21), 8, 12),
        (slice(0, 0), 0, 19),
    ],
    ids=["middle", "halves", "everything", "near the ends", "a click", "nothing"],
)
def test_two_frames_of_silence_stay_on_either_side(loud: slice, first: int, last: int) -> None:
    energy = np.full(2 * FRAMES, -8.0, np.float32)
    energy[loud] = 3.0
    model = speech()
    assert use_less_silence(model) == 3
    assert heard(model, energy).tolist() == list(range(first, last + 1))


def test_a_pause_inside_stays() -> None:
    energy = np.full(2 * FRAMES, -8.0, np.float32)
    energy[[10, 30]] = 3.0
    model = speech()
    use_less_silence(model)
    assert heard(model, energy).tolist() == list(range(3, 18))


def test_a_model_that_upsamples_something_else_stays_as_it_is() -> None:
    model = speech(upsampled="text")
    before = model.SerializeToString(deterministic=True)
    assert use_less_silence(model) == 0
    assert model.SerializeToString(deterministic=True) == before
