"""Durations: speech asked for at a speed comes at that speed."""

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper

from livekit.plugins.kokoro.durations import use_exact_durations

pytestmark = pytest.mark.unit

LENGTHS = np.random.default_rng(7).uniform(1.2, 5.0, (1, 60)).astype(np.float32)


def rounding(*, divisor: str = "speed") -> onnx.ModelProto:
    """The published model's end: lengths / speed, rounded."""
    graph = helper.make_graph(
        [
            helper.make_node("Div", ["lengths", divisor], ["exact"]),
            helper.make_node("Round", ["exact"], ["frames"]),
        ],
        "test",
        [
            helper.make_tensor_value_info("lengths", TensorProto.FLOAT, [1, None]),
            helper.make_tensor_value_info(divisor, TensorProto.FLOAT, [1]),
        ],
        [helper.make_tensor_value_info("frames", TensorProto.FLOAT, [1, None])],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)


def frames(model: onnx.ModelProto, speed: float) -> NDArray[np.float32]:
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    inputs = {"lengths": LENGTHS, "speed": np.array([speed], np.float32)}
    return np.asarray(session.run(None, inputs)[0])


@pytest.mark.parametrize("speed", [0.7, 1.0, 1.1, 1.2, 1.3, 1.45])
def test_all_sounds_together_last_as_long_as_the_speed_says(speed: float) -> None:
    model = rounding()
    assert use_exact_durations(model) == 1
    exact, found = LENGTHS / speed, frames(model, speed)
    assert found.sum() == pytest.approx(exact.sum(), abs=0.51)
    assert np.abs(found - exact).max() <= 1.0 + 1e-3
    assert (found == np.round(found)).all()


def test_a_model_that_does_not_divide_by_a_speed_stays_as_it_is() -> None:
    model = rounding(divisor="step")
    before = model.SerializeToString(deterministic=True)
    assert use_exact_durations(model) == 0
    assert model.SerializeToString(deterministic=True) == before
