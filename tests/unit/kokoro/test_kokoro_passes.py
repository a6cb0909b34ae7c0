"""Normalisation, activation and spectrum with fewer passes: the same numbers up to rounding."""

from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

from livekit.plugins.kokoro.normalisation import use_fewer_passes
from livekit.plugins.kokoro.spectrum import use_convolved_spectrum

pytestmark = pytest.mark.unit

RANDOM = np.random.default_rng(7)
CHANNELS = 6
CONSTANTS: dict[str, NDArray[Any]] = {
    "axes": np.array([2]),
    "epsilon": np.array(1e-5, np.float32),
    "two": np.array(2.0, np.float32),
    "alpha": RANDOM.uniform(0.05, 2.0, (1, CHANNELS, 1)).astype(np.float32),
}
CONSTANTS["reciprocal"] = 1 / CONSTANTS["alpha"]


def node(kind: str, inputs: str, output: str) -> NodeProto:
    return helper.make_node(kind, inputs.split(), [output])


def normalisation() -> list[NodeProto]:
    return [
        node("ReduceMean", "x axes", "mean"),
        node("Sub", "x mean", "centred"),
        node("Mul", "centred centred", "square"),
        node("ReduceMean", "square axes", "variance"),
        node("Add", "variance epsilon", "enough"),
        node("Sqrt", "enough", "deviation"),
        node("Div", "centred deviation", "normal"),
        node("Mul", "scale normal", "scaled"),
        node("Add", "scaled bias", "n"),
    ]


def snake() -> list[NodeProto]:
    return [
        node("Mul", "alpha n", "angle"),
        node("Sin", "angle", "sine"),
        node("Pow", "sine two", "power"),
        node("Mul", "reciprocal power", "share"),
        node("Add", "n share", "y"),
    ]


def model_of(nodes: list[NodeProto], output: str, constants: dict[str, Any]) -> onnx.ModelProto:
    inputs = [
        helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, CHANNELS, None]),
        *(
            helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, CHANNELS, 1])
            for name in ("scale", "bias")
        ),
    ]
    values = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "test", inputs, [onnx.ValueInfoProto(name=output)], values)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)


def answer(model: onnx.ModelProto, **inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return np.asarray(session.run(None, inputs)[0])


def voice() -> dict[str, NDArray[np.float32]]:
    shape = (1, CHANNELS, 500)
    return {
        "x": RANDOM.normal(3.0, 2.0, shape).astype(np.float32),
        "scale": RANDOM.normal(1.0, 0.5, (1, CHANNELS, 1)).astype(np.float32),
        "bias": RANDOM.normal(0.0, 1.0, (1, CHANNELS, 1)).astype(np.float32),
    }


def kinds(model: onnx.ModelProto) -> list[str]:
    return [node.op_type for node in model.graph.node]


def test_a_normalisation_is_one_node() -> None:
    model, data = model_of(normalisation(), "n", CONSTANTS), voice()
    expected = answer(model, **data)
    assert use_fewer_passes(model) == 1
    assert kinds(model) == ["Reshape", "Reshape", "InstanceNormalization"]
    np.testing.assert_allclose(answer(model, **data), expected, rtol=1e-4, atol=1e-4)


def test_a_normalisation_and_its_snake_make_four_passes() -> None:
    model, data = model_of(normalisation() + snake(), "y", CONSTANTS), voice()
    expected = answer(model, **data)
    assert use_fewer_passes(model) == 1
    assert kinds(model)[-4:] == ["InstanceNormalization", "Cos", "Sub", "BatchNormalization"]
    np.testing.assert_allclose(answer(model, **data), expected, rtol=1e-4, atol=1e-4)


def test_a_normalisation_that_others_read_stays_for_them() -> None:
    nodes = [*normalisation(), *snake(), node("Mul", "n y", "z")]
    model, data = model_of(nodes, "z", CONSTANTS), voice()
    expected = answer(model, **data)
    assert use_fewer_passes(model) == 1
    np.testing.assert_allclose(answer(model, **data), expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(
    "other",
    [
        {"axes": np.array([1])},
        {"alpha": np.zeros((1, CHANNELS, 1), np.float32)},
        {"two": np.array(3.0, np.float32)},
    ],
    ids=["over channels", "no angle", "cubed"],
)
def test_what_is_something_else_keeps_its_numbers(other: dict[str, Any]) -> None:
    model, data = model_of(normalisation() + snake(), "y", {**CONSTANTS, **other}), voice()
    expected = answer(model, **data)
    use_fewer_passes(model)
    assert "Sin" in kinds(model)
    np.testing.assert_allclose(answer(model, **data), expected, rtol=1e-4, atol=1e-4)


def spectrum() -> onnx.ModelProto:
    constants = {
        "step": np.array(5),
        "window": np.hanning(21)[:20].astype(np.float32),
        "size": np.array(20),
    }
    transform = helper.make_node("STFT", ["x", "step", "window", "size"], ["y"], onesided=1)
    signal = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, None])
    values = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    output = [onnx.ValueInfoProto(name="y")]
    graph = helper.make_graph([transform], "test", [signal], output, values)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)


def test_a_spectrum_is_a_convolution() -> None:
    model, signal = spectrum(), RANDOM.normal(0, 0.1, (1, 1000)).astype(np.float32)
    expected = answer(model, x=signal)
    assert use_convolved_spectrum(model) == 1
    assert "STFT" not in kinds(model)
    found = answer(model, x=signal)
    assert found.shape == expected.shape == (1, 197, 11, 2)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_the_phase_of_a_negative_real_number_is_pi() -> None:
    model = spectrum()
    assert use_convolved_spectrum(model) == 1
    frames = answer(model, x=np.full((1, 100), -0.5, np.float32))[0]
    real, imaginary = frames[:, 0, 0], frames[:, 0, 1]
    assert np.all(real < 0)
    np.testing.assert_array_equal(np.arctan2(imaginary, real), np.float32(np.pi))
    assert np.all(imaginary > 0) and np.all(frames[:, 10, 1] > 0)


def test_a_spectrum_with_an_unknown_window_stays() -> None:
    model = spectrum()
    constants = [tensor for tensor in model.graph.initializer if tensor.name != "window"]
    model.graph.ClearField("initializer")
    model.graph.initializer.extend(constants)
    model.graph.input.append(helper.make_tensor_value_info("window", TensorProto.FLOAT, [20]))
    assert use_convolved_spectrum(model) == 0
