"""Convolutions as products: the same sound for every shape that Kokoro has."""

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from livekit.plugins.kokoro import preparation
from livekit.plugins.kokoro.convolutions import signed_products_are_exact, use_signed_products

pytestmark = pytest.mark.unit

RANDOM = np.random.default_rng(5)


def convolution(
    *, taps: int, spacing: int, stride: int, pad: int, biased: bool = True
) -> onnx.ModelProto:
    """Three channels in, five out; unsigned weights whose zero is 131; sums scaled by a half.

    The bias is given in whole sums, as the published model computes it.
    """
    weights = RANDOM.integers(0, 256, (5, 3, taps)).astype(np.uint8)
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
    weights = RANDOM.integers(0, 256, (3, 5)).astype(np.uint8)
    node = helper.make_node("MatMulInteger", ["x", "weights", "zero", "weights_zero"], ["y"])
    return model_of([node], [None, 3], weights)


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
            numpy_helper.from_array(np.array(131, np.uint8), "weights_zero"),
            *(numpy_helper.from_array(value, name) for name, value in constants.items()),
        ],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)


def answer(model: onnx.ModelProto, data: NDArray[np.uint8]) -> NDArray[Any]:
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return np.asarray(session.run(None, {"x": data, "zero": np.array(117, np.uint8)})[0])


@pytest.fixture(autouse=True)
def exact_products() -> None:
    if not signed_products_are_exact():
        pytest.skip("this processor has no exact products of signed bytes")


@pytest.mark.parametrize(
    ("taps", "spacing", "stride", "pad"),
    [*product((1, 3, 7, 11), (1, 3, 5), (1,), (0, 5)), (12, 1, 6, 3), (1, 1, 2, 0)],
)
@pytest.mark.parametrize("length", [97, 98, 105])
def test_a_product_gives_the_convolutions_numbers(
    taps: int, spacing: int, stride: int, pad: int, length: int
) -> None:
    model = convolution(taps=taps, spacing=spacing, stride=stride, pad=pad)
    data = RANDOM.integers(0, 256, (1, 3, length)).astype(np.uint8)
    expected = answer(model, data)
    assert use_signed_products(model) == 1
    assert "ConvInteger" not in {node.op_type for node in model.graph.node}
    np.testing.assert_array_equal(answer(model, data), expected)


def test_a_convolution_without_a_bias() -> None:
    model = convolution(taps=7, spacing=1, stride=1, pad=3, biased=False)
    data = RANDOM.integers(0, 256, (1, 3, 50)).astype(np.uint8)
    expected = answer(model, data)
    assert use_signed_products(model) == 1
    np.testing.assert_array_equal(answer(model, data), expected)


def test_a_convolution_whose_bias_is_not_understood_stays() -> None:
    model = convolution(taps=3, spacing=1, stride=1, pad=1)
    next(node for node in model.graph.node if node.op_type == "Floor").op_type = "Ceil"
    assert use_signed_products(model) == 0


def test_a_product_keeps_its_numbers_with_signed_weights() -> None:
    model = matrix_product()
    data = RANDOM.integers(0, 256, (7, 3)).astype(np.uint8)
    expected = answer(model, data)
    assert use_signed_products(model) == 1
    np.testing.assert_array_equal(answer(model, data), expected)


def test_what_has_no_constant_unsigned_weights_stays() -> None:
    model = matrix_product()
    assert use_signed_products(model) == 1
    before = model.SerializeToString(deterministic=True)
    assert use_signed_products(model) == 0
    assert model.SerializeToString(deterministic=True) == before


def test_the_model_is_prepared_once_and_again_when_it_changes(tmp_path: Path) -> None:
    file = tmp_path / "model.onnx"
    onnx.save(matrix_product(), file)
    first = preparation.prepared(file)
    assert isinstance(first, Path) and first.parent == tmp_path
    written = first.stat().st_mtime_ns
    assert preparation.prepared(file) == first
    assert first.stat().st_mtime_ns == written
    onnx.save(matrix_product(), file)
    assert preparation.prepared(file) != first


def test_the_form_of_an_earlier_version_goes(tmp_path: Path) -> None:
    file = tmp_path / "model.onnx"
    onnx.save(matrix_product(), file)
    made = preparation.prepared(file)
    assert isinstance(made, Path)
    earlier = made.with_name(made.name.rstrip("0123456789") + "1")
    made.rename(earlier)
    assert preparation.prepared(file) == made
    assert not earlier.exists()


def test_a_folder_that_cannot_be_written_is_no_obstacle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "model.onnx"
    onnx.save(matrix_product(), file)

    def refuse(path: Path, contents: bytes) -> int:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "write_bytes", refuse)
    made = preparation.prepared(file)
    assert isinstance(made, bytes)
    assert onnxruntime.InferenceSession(made, providers=["CPUExecutionProvider"]).get_inputs()
