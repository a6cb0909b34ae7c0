"""Kokoro's int8 convolutions as matrix products with signed weights: the same numbers, sooner.

The published int8 model has unsigned weights. ONNX Runtime multiplies unsigned activations with
*signed* constant weights three times as fast where the processor has instructions for it (VNNI on
x86, dot products on ARM), and has such kernels for ``MatMulInteger`` alone, not for
``ConvInteger``. A product of integers is exact, so the audio is equal to the last bit.
"""

from collections.abc import Iterator
from itertools import chain
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

_END = 2**63 - 1
# Shift from unsigned to signed: weights and zero point move together.
_SHIFT = 128


def signed_products_are_exact() -> bool:
    """Whether ONNX Runtime multiplies unsigned with signed bytes without saturating.

    Its kernels for AVX2 without VNNI add pairs of products in 16 bits, which overflow.
    """
    left = helper.make_tensor_value_info("x", TensorProto.UINT8, [1, 4])
    result = helper.make_tensor_value_info("y", TensorProto.INT32, [1, 1])
    weights = numpy_helper.from_array(np.full((4, 1), 127, np.int8), "w")
    product = helper.make_node("MatMulInteger", ["x", "w"], ["y"])
    graph = helper.make_graph([product], "probe", [left], [result], [weights])
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=onnx.IR_VERSION_2019_9_19
    )
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    (answer,) = session.run(None, {"x": np.full((1, 4), 255, np.uint8)})
    return int(np.asarray(answer).item()) == 4 * 255 * 127


def use_signed_products(model: onnx.ModelProto) -> int:
    """Rewrite a model in place; returns how many convolutions and products were changed.

    Only nodes with constant unsigned weights and one group are changed.
    """
    rewriting = _Rewriting(model.graph)
    nodes = list(chain.from_iterable(map(rewriting.replaced, model.graph.node)))
    model.graph.ClearField("node")
    model.graph.node.extend(nodes)
    rewriting.replace_constants(nodes)
    return rewriting.count


class _Rewriting:
    """Nodes and constants of one graph."""

    def __init__(self, graph: onnx.GraphProto) -> None:
        self._graph = graph
        self._constants = {tensor.name: tensor for tensor in graph.initializer}
        self._added: dict[str, onnx.TensorProto] = {}
        self.count = 0

    def replaced(self, node: onnx.NodeProto) -> Iterator[onnx.NodeProto]:
        """What does the same as ``node``."""
        if not self._has_unsigned_weights(node):
            yield node
            return
        if node.op_type == "MatMulInteger":
            self.count += 1
            yield self._with_signed_weights(node)
        elif node.op_type == "ConvInteger" and _attributes(node).get("group", 1) == 1:
            self.count += 1
            yield from self._as_product(node)
        else:
            yield node

    def replace_constants(self, nodes: list[onnx.NodeProto]) -> None:
        """Leave the constants that ``nodes`` use, and no others."""
        used = {name for node in nodes for name in node.input}
        used |= {output.name for output in self._graph.output}
        kept = [tensor for name, tensor in self._constants.items() if name in used]
        self._graph.ClearField("initializer")
        self._graph.initializer.extend([*kept, *self._added.values()])

    def _has_unsigned_weights(self, node: onnx.NodeProto) -> bool:
        names = (node.input[1], node.input[3]) if len(node.input) == 4 else ()
        tensors = [self._constants.get(name) for name in names]
        return bool(tensors) and all(
            tensor is not None and tensor.data_type == TensorProto.UINT8 for tensor in tensors
        )

    def _with_signed_weights(self, node: onnx.NodeProto) -> onnx.NodeProto:
        data, weights, zero, weights_zero = node.input
        inputs = [data, self._signed(weights), zero, self._signed(weights_zero)]
        return helper.make_node(node.op_type, inputs, list(node.output), name=node.name)

    def _as_product(self, node: onnx.NodeProto) -> Iterator[onnx.NodeProto]:
        """(1, channels, time) as columns (1, time, taps * channels), times the weights."""
        data, weights, zero, weights_zero = node.input
        attributes, output = _attributes(node), node.output[0]
        before, after = attributes.get("pads", [0, 0])
        kernel = self._array(weights)
        channels_out, channels_in, taps = kernel.shape
        yield helper.make_node("Transpose", [data], [f"{output}.rows"], perm=[0, 2, 1])
        pads = self._integers(0, before, 0, 0, after, 0)
        yield helper.make_node("Pad", [f"{output}.rows", pads, zero], [f"{output}.padded"])
        spacing = attributes.get("dilations", [1])[0]
        stride = attributes.get("strides", [1])[0]
        columns = [f"{output}.tap{tap}" for tap in range(taps)]
        for tap, column in enumerate(columns):
            first = self._integers(tap * spacing)
            end = self._integers(-(taps - 1 - tap) * spacing or _END)
            inputs = [f"{output}.padded", first, end, self._integers(1), self._integers(stride)]
            yield helper.make_node("Slice", inputs, [column])
        yield helper.make_node("Concat", columns, [f"{output}.columns"], axis=2)
        matrix = _to_signed(kernel).transpose(2, 1, 0).reshape(taps * channels_in, channels_out)
        factors = [f"{output}.columns", self._add(f"{output}.weights", matrix), zero]
        inputs = [*factors, self._signed(weights_zero)]
        yield helper.make_node("MatMulInteger", inputs, [f"{output}.product"])
        yield helper.make_node("Transpose", [f"{output}.product"], [output], perm=[0, 2, 1])

    def _array(self, name: str) -> NDArray[Any]:
        return numpy_helper.to_array(self._constants[name])

    def _signed(self, name: str) -> str:
        return self._add(f"{name}.signed", _to_signed(self._array(name)))

    def _integers(self, *values: int) -> str:
        name = "integers." + ".".join(map(str, values))
        return self._add(name, np.array(values, np.int64))

    def _add(self, name: str, value: NDArray[Any]) -> str:
        if name not in self._added:
            self._added[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name


def _to_signed(unsigned: NDArray[Any]) -> NDArray[np.int8]:
    return (unsigned.astype(np.int16) - _SHIFT).astype(np.int8)


def _attributes(node: onnx.NodeProto) -> dict[str, Any]:
    return {item.name: helper.get_attribute_value(item) for item in node.attribute}
