"""Convolutions as products: the same sound for every shape that Kokoro has."""

from itertools import product
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from livekit.plugins.kokoro import convolutions
from livekit.plugins.kokoro.convolutions import signed_products_are_exact, use_signed_products

pytestmark = pytest.mark.unit

RANDOM = np.random.default_rng(5)
ZERO = 117
SHAPES = [*product((1, 3, 7, 11), (1, 3, 5), (1,), (0, 5)), (12, 1, 6, 3), (1, 1, 2, 0)]


def convolution(
    *, taps: int, spacing: int, stride: int, pad: int, biased: bool = True, top: int = 127
) -> onnx.ModelProto:
    """Three channels in, five out; unsigned weights, a third of them extreme; sums are halved.

    The bias is given in whole sums, as the published model computes it.
    """
    weights = with_extremes((5, 3, taps), top)
    inputs = ["x", "weights", "zero", "weights_zero"]
    places: dict[str, Any] = {
        "kernel_shape": [taps],
        "dilations": [spacing],
        "strides": [stride],
        "pads": [pad, pad],
    }
    nodes = [helper.make_node("ConvInteger", inputs, ["sums"], **places)]
    if biased:
        nodes += [
            helper.make_node("Div", ["bias", "scale"], ["bias.quotient"]),
            helper.make_node("Floor", ["bias.quotient"], ["bias.rounded"]),
            helper.make_node("Cast", ["bias.rounded"], ["bias.whole"], to=TensorProto.INT32),
            helper.make_node("Reshape", ["bias.whole", "bias.shape"], ["bias.shaped"]),
            helper.make_node("Add", ["sums", "bias.shaped"], ["biased"]),
        ]
    sums = nodes[-1].output[0]
    nodes += [
        helper.make_node("Cast", [sums], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["floats", "scale"], ["y"]),
    ]
    constants = {
        "bias": RANDOM.integers(-999, 999, 5).astype(np.float32) / 2,
        "bias.shape": np.array([1, -1, 1]),
        "scale": np.array(0.5, np.float32),
    }
    return model_of(nodes, [1, 3, None], weights, **constants)


def matrix_product() -> onnx.ModelProto:
    weights = with_extremes((3, 5), 127)
    node = helper.make_node("MatMulInteger", ["x", "weights", "zero", "weights_zero"], ["y"])
    return model_of([node], [None, 3], weights)


def with_extremes(shape: tuple[int, ...], top: int) -> NDArray[np.uint8]:
    """Numbers from 0 to ``top``: a sixth are 0 and a sixth ``top``, where sums overflow."""
    spread = RANDOM.integers(-top // 4, top + top // 4 + 1, shape)
    return spread.clip(0, top).astype(np.uint8)


def model_of(
    nodes: list[onnx.NodeProto],
    shape: list[int | None],
    weights: NDArray[np.uint8],
    **constants: NDArray[Any],
) -> onnx.ModelProto:
    graph = helper.make_graph(
        nodes,
        "test",
        [
            helper.make_tensor_value_info("x", TensorProto.UINT8, shape),
            helper.make_tensor_value_info("zero", TensorProto.UINT8, []),
        ],
        [onnx.ValueInfoProto(name="y")],
        [
            numpy_helper.from_array(weights, "weights"),
            numpy_helper.from_array(np.array(weights.max() // 2 + 4, np.uint8), "weights_zero"),
            *(numpy_helper.from_array(value, name) for name, value in constants.items()),
        ],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)


def answer(model: onnx.ModelProto, data: NDArray[np.uint8]) -> NDArray[Any]:
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return np.asarray(session.run(None, {"x": data, "zero": np.array(ZERO, np.uint8)})[0])


def computed(
    model: onnx.ModelProto, data: NDArray[np.uint8], *, spacing: int, stride: int, pad: int
) -> NDArray[np.float64]:
    """The convolution by its definition, from the weights in ``model``."""
    given = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    weights = given["weights"].astype(int) - int(given["weights_zero"])
    values = np.pad(data.astype(int) - ZERO, ((0, 0), (0, 0), (pad, pad)))
    reach = spacing * (weights.shape[2] - 1) + 1
    under = np.lib.stride_tricks.sliding_window_view(values, reach, axis=2)
    sums = np.einsum("oit,bist->bos", weights, under[:, :, ::stride, ::spacing])
    biased = any(node.op_type == "Add" for node in model.graph.node)
    return np.asarray(sums / 2, np.float64) + (given["bias"][:, None] if biased else 0)


@pytest.fixture
def exact_products() -> None:
    if not signed_products_are_exact():
        pytest.skip("this processor has no exact products with signed weights of 7 bits")


@pytest.mark.usefixtures("exact_products")
@pytest.mark.parametrize(("taps", "spacing", "stride", "pad"), SHAPES)
@pytest.mark.parametrize("length", [97, 98, 105])
@pytest.mark.parametrize("biased", [True, False])
def test_a_product_gives_the_convolutions_numbers(
    taps: int, spacing: int, stride: int, pad: int, length: int, biased: bool
) -> None:
    places = {"spacing": spacing, "stride": stride, "pad": pad}
    model = convolution(taps=taps, **places, biased=biased)
    data = with_extremes((1, 3, length), 255)
    expected = computed(model, data, **places)
    np.testing.assert_array_equal(answer(model, data), expected)
    assert use_signed_products(model) == 1
    assert "ConvInteger" not in {node.op_type for node in model.graph.node}
    np.testing.assert_array_equal(answer(model, data), expected)


def test_products_that_saturate_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which those of 8 bits do with AVX2 and without VNNI; elsewhere their numbers are right."""
    monkeypatch.setattr(convolutions, "_WEIGHT_BITS", 8)
    monkeypatch.setattr(convolutions, "_SHIFT", 128)
    exact = signed_products_are_exact()
    for taps, spacing, stride, pad in SHAPES:
        if taps == 1:  # Three terms need not overflow.
            continue
        model = convolution(taps=taps, spacing=spacing, stride=stride, pad=pad, top=255)
        data = with_extremes((1, 3, 97), 255)
        expected = answer(model, data)
        assert use_signed_products(model) == 1
        assert np.array_equal(answer(model, data), expected) == exact


def test_a_convolution_whose_bias_is_not_understood_stays() -> None:
    model = convolution(taps=3, spacing=1, stride=1, pad=1)
    next(node for node in model.graph.node if node.op_type == "Floor").op_type = "Ceil"
    assert use_signed_products(model) == 0


@pytest.mark.parametrize("name", ["weights", "weights_zero"])
def test_weights_too_wide_for_exact_products_stay(name: str) -> None:
    for model in (convolution(taps=3, spacing=1, stride=1, pad=1), matrix_product()):
        tensor = next(item for item in model.graph.initializer if item.name == name)
        wider = numpy_helper.to_array(tensor).copy()
        wider.flat[0] = 128
        tensor.CopyFrom(numpy_helper.from_array(wider, name))
        assert use_signed_products(model) == 0


@pytest.mark.usefixtures("exact_products")
def test_a_product_keeps_its_numbers_with_signed_weights() -> None:
    model = matrix_product()
    data = with_extremes((7, 3), 255)
    expected = answer(model, data)
    assert use_signed_products(model) == 1
    np.testing.assert_array_equal(answer(model, data), expected)


def test_what_has_no_constant_unsigned_weights_stays() -> None:
    model = matrix_product()
    assert use_signed_products(model) == 1
    before = model.SerializeToString(deterministic=True)
    assert use_signed_products(model) == 0
    assert model.SerializeToString(deterministic=True) == before
