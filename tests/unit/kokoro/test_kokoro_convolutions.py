"""Convolutions as products: the same numbers for every shape that Kokoro has."""

from itertools import product
from pathlib import Path

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


def convolution(*, taps: int, spacing: int, stride: int, pad: int) -> onnx.ModelProto:
    """Three channels in, five out; unsigned weights whose zero is 131."""
    weights = RANDOM.integers(0, 256, (5, 3, taps)).astype(np.uint8)
    node = helper.make_node(
        "ConvInteger",
        ["x", "weights", "zero", "weights_zero"],
        ["y"],
        kernel_shape=[taps],
        dilations=[spacing],
        strides=[stride],
        pads=[pad, pad],
    )
    return model_of(node, [1, 3, None], weights)


def matrix_product() -> onnx.ModelProto:
    weights = RANDOM.integers(0, 256, (3, 5)).astype(np.uint8)
    node = helper.make_node("MatMulInteger", ["x", "weights", "zero", "weights_zero"], ["y"])
    return model_of(node, [None, 3], weights)


def model_of(
    node: onnx.NodeProto, shape: list[int | None], weights: NDArray[np.uint8]
) -> onnx.ModelProto:
    graph = helper.make_graph(
        [node],
        "test",
        [
            helper.make_tensor_value_info("x", TensorProto.UINT8, shape),
            helper.make_tensor_value_info("zero", TensorProto.UINT8, []),
        ],
        [helper.make_tensor_value_info("y", TensorProto.INT32, None)],
        [
            numpy_helper.from_array(weights, "weights"),
            numpy_helper.from_array(np.array(131, np.uint8), "weights_zero"),
        ],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)


def answer(model: onnx.ModelProto, data: NDArray[np.uint8]) -> NDArray[np.int32]:
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
    [*product((1, 3, 11), (1, 5), (1,), (0, 5)), (12, 1, 6, 3), (1, 1, 2, 0)],
)
def test_a_product_gives_the_convolutions_numbers(
    taps: int, spacing: int, stride: int, pad: int
) -> None:
    model = convolution(taps=taps, spacing=spacing, stride=stride, pad=pad)
    data = RANDOM.integers(0, 256, (1, 3, 97)).astype(np.uint8)
    expected = answer(model, data)
    assert use_signed_products(model) == 1
    assert "ConvInteger" not in {node.op_type for node in model.graph.node}
    np.testing.assert_array_equal(answer(model, data), expected)


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
    earlier = made.with_name(made.name.removesuffix("2") + "1")
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
