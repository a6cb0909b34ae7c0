"""Kokoro's int8 convolutions as matrix products with signed weights: the same numbers, sooner.

The published int8 model has unsigned weights. ONNX Runtime multiplies unsigned activations with
*signed* constant weights three times as fast where the processor has instructions for it (VNNI on
x86, dot products on ARM), and faster with AVX2 alone. It has such kernels for matrix products, not
for ``ConvInteger``; its ``MatMulIntegerToFloat`` also scales the sums and adds the bias while they
are in the cache.

Without VNNI the kernels add pairs of products in 16 bits. With weights of 8 bits these overflow,
with 7 they do not: 2 * 255 * 64 = 32640. The published weights of convolutions are 0 to 127, all of
them, so that a shift by 64 makes them signed and rounds none.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper

from .graph import END, Graph, attributes

_MICROSOFT = "com.microsoft"
# Neighbouring outputs that share one row of the matrix: half as many bytes are copied, in pieces
# twice as long, for one tap of zeros. Below seven taps the zeros cost what the copying saves.
_BLOCK = 2
_TAPS_WORTH_BLOCKS = 7
_WEIGHT_BITS = 7
# From unsigned to signed: weights and zero point move together.
_SHIFT = 1 << _WEIGHT_BITS - 1
# Several blocks of a kernel each, and a rest.
_PROBED_ROWS, _PROBED_TERMS, _PROBED_COLUMNS = 7, 72, 72


def signed_products_are_exact() -> bool:
    """Whether ONNX Runtime multiplies unsigned bytes with signed weights without saturating.

    Tries the sums farthest from zero, below and above, and the extremes in turns.
    """
    top = (1 << _WEIGHT_BITS) - 1
    pairs = np.array([[0, top, 0, top], [0, top, top, 0]])
    weights = _to_signed(np.tile(pairs, (_PROBED_TERMS // 2, _PROBED_COLUMNS // 4)))
    data = np.full((_PROBED_ROWS, _PROBED_TERMS), 255, np.uint8)
    return np.array_equal(_multiplied(data, weights), data.astype(np.int32) @ weights)


def _multiplied(data: NDArray[np.uint8], weights: NDArray[np.int8]) -> NDArray[np.int32]:
    """The product as ONNX Runtime computes it with constant weights."""
    left = helper.make_tensor_value_info("x", TensorProto.UINT8, data.shape)
    result = helper.make_tensor_value_info("y", TensorProto.INT32, None)
    constant = onnx.numpy_helper.from_array(weights, "w")
    product = helper.make_node("MatMulInteger", ["x", "w"], ["y"])
    graph = helper.make_graph([product], "probe", [left], [result], [constant])
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=onnx.IR_VERSION_2019_9_19
    )
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return np.asarray(session.run(None, {"x": data})[0], np.int32)


def use_signed_products(model: onnx.ModelProto) -> int:
    """Rewrite a model in place; returns how many convolutions and products were changed.

    Only those with constant unsigned weights of 7 bits are changed, so that none is rounded, and of
    the convolutions those with one group whose sums are scaled to floating point.
    """
    graph = Graph(model.graph)
    for node in graph.nodes("MatMulInteger"):
        if _has_unsigned_weights(graph, node):
            graph.replace(node.output[0], [_with_signed_weights(graph, node)])
    for node in graph.nodes("Mul"):
        convolution = _match(graph, node)
        if convolution and _has_unsigned_weights(graph, convolution.node):
            graph.replace(node.output[0], _Product(graph, convolution).nodes())
    count = graph.write()
    if count and all(item.domain != _MICROSOFT for item in model.opset_import):
        model.opset_import.append(helper.make_opsetid(_MICROSOFT, 1))
    return count


def _has_unsigned_weights(graph: Graph, node: NodeProto) -> bool:
    """Whether weights and their zero point are constants of so few bits."""
    arrays = [graph.array(name) for name in (node.input[1::2] if len(node.input) == 4 else ())]
    return bool(arrays) and all(
        array is not None and array.dtype == np.uint8 and bool(np.all(array < 1 << _WEIGHT_BITS))
        for array in arrays
    )


def _with_signed_weights(graph: Graph, node: NodeProto) -> NodeProto:
    data, weights, zero, weights_zero = node.input
    inputs = [data, _signed(graph, weights), zero, _signed(graph, weights_zero)]
    return helper.make_node(node.op_type, inputs, list(node.output), name=node.name)


def _signed(graph: Graph, name: str) -> str:
    return graph.add(f"{name}.signed", _to_signed(_constant(graph, name)))


def _constant(graph: Graph, name: str) -> NDArray[Any]:
    array = graph.array(name)
    if array is None:
        raise ValueError(f"{name} is no constant")
    return array


def _to_signed(unsigned: NDArray[Any]) -> NDArray[np.int8]:
    return (unsigned.astype(np.int16) - _SHIFT).astype(np.int8)


@dataclass(frozen=True, slots=True)
class _Convolution:
    """A ``ConvInteger`` whose sums, with a bias or none, are multiplied by ``scale``."""

    node: NodeProto
    output: str
    scale: str
    bias: str


def _match(graph: Graph, scaled: NodeProto) -> _Convolution | None:
    """``scaled`` is sums * scale; the bias was divided by the scale and rounded to be added."""
    cast, scale = graph.operands(scaled, "Cast")
    sums = cast.input[0] if cast else ""
    node, bias = graph.made_by(sums, "ConvInteger"), ""
    if not node:
        node, shaped = graph.operands(graph.made_by(sums, "Add"), "ConvInteger")
        bias = _unquantized(graph, shaped, scale)
        if not bias:
            return None
    if not node or attributes(node).get("group", 1) != 1:
        return None
    return _Convolution(node, scaled.output[0], scale, bias)


def _unquantized(graph: Graph, name: str, scale: str) -> str:
    """The constant whose quotient by ``scale`` was rounded to whole numbers."""
    for kind in ("Reshape", "Cast", "Floor", "Div"):
        node = graph.made_by(name, kind)
        if not node:
            return ""
        name = node.input[0]
    return name if node and node.input[1] == scale and graph.array(name) is not None else ""


class _Product:
    """The nodes of one convolution as a product of (time, taps * channels) with its weights."""

    def __init__(self, graph: Graph, convolution: _Convolution) -> None:
        given = attributes(convolution.node)
        self._graph = graph
        self._scale, self._bias = convolution.scale, convolution.bias
        self._output = convolution.output
        self._data, self._weights, self._zero, self._weights_zero = convolution.node.input
        self._kernel = _to_signed(_constant(graph, self._weights))
        self._channels_out, self._channels_in, self._taps = self._kernel.shape
        self._before, self._after = given.get("pads", [0, 0])
        (self._spacing,) = given.get("dilations", [1])
        (self._stride,) = given.get("strides", [1])

    def nodes(self) -> Iterator[NodeProto]:
        yield self._node("Transpose", [self._data], "rows", perm=[0, 2, 1])
        if self._taps >= _TAPS_WORTH_BLOCKS and self._stride == 1:
            yield from self._by_blocks()
        else:
            yield from self._by_rows()

    def _by_rows(self) -> Iterator[NodeProto]:
        """Every output has its row: a copy of all the inputs under the taps."""
        pads = self._graph.integers(0, self._before, 0, 0, self._after, 0)
        yield self._node("Pad", [self._name("rows"), pads, self._zero], "padded")
        columns = [f"tap{tap}" for tap in range(self._taps)]
        for tap, column in enumerate(columns):
            first, last = tap * self._spacing, (self._taps - 1 - tap) * self._spacing
            yield self._slice("padded", column, first, -last or END, step=self._stride)
        yield self._joined(columns)
        matrix = self._kernel.transpose(2, 1, 0).reshape(-1, self._channels_out)
        yield self._product("columns", matrix, "product")
        yield self._transposed("product", self._output)

    def _by_blocks(self) -> Iterator[NodeProto]:
        """``_BLOCK`` outputs to a row, so that rows share no more than they must.

        With ``spacing`` s between the taps, the inputs are s interleaved sequences, each of them
        convolved without spacing.
        """
        spacing, channels = self._spacing, self._channels_in
        parts = -(-(_BLOCK + self._taps - 1) // _BLOCK)
        yield from self._padded_to_blocks(parts)
        lines = "padded"
        if spacing > 1:
            yield self._reshaped("padded", "rounds", [-1, spacing, channels])
            yield self._swapped("rounds", "sequences")
            lines = "sequences"
        yield self._reshaped(lines, "blocks", [spacing, -1, _BLOCK * channels])
        columns = [f"part{part}" for part in range(parts)]
        for part, column in enumerate(columns):
            yield self._slice("blocks", column, part, part - parts + 1 or END)
        yield self._joined(columns)
        yield self._product("columns", self._block_matrix(parts), "product")
        yield self._reshaped("product", "outputs", [spacing, -1, self._channels_out])
        lines = "outputs"
        if spacing > 1:
            yield self._swapped("outputs", "ordered")
            yield self._reshaped("ordered", "lines", [1, -1, self._channels_out])
            lines = "lines"
        first, time = self._graph.integers(0), self._graph.integers(1)
        yield self._node("Slice", [self._name(lines), first, self._name("length"), time], "cut")
        yield self._transposed("cut", self._output)

    def _padded_to_blocks(self, parts: int) -> Iterator[NodeProto]:
        """Zeros up to whole blocks; "length" is how many outputs there are."""
        whole = self._graph.integers
        block = _BLOCK * self._spacing
        lost = self._spacing * (self._taps - 1)
        yield self._node("Shape", [self._name("rows")], "time", start=1, end=2)
        steps = (
            ("Add", "time", self._before + self._after - lost, "length"),
            ("Add", "length", block - 1, "rounded"),
            ("Div", "rounded", block, "count"),
            ("Add", "count", parts - 1, "parts"),
            ("Mul", "parts", block, "total"),
        )
        for kind, value, constant, result in steps:
            yield self._node(kind, [self._name(value), whole(constant)], result)
        yield self._node("Sub", [self._name("total"), self._name("time")], "free")
        yield self._node("Sub", [self._name("free"), whole(self._before)], "after")
        pads = [whole(0, self._before, 0, 0), self._name("after"), whole(0)]
        yield self._node("Concat", pads, "pads", axis=0)
        yield self._node("Pad", [self._name("rows"), self._name("pads"), self._zero], "padded")

    def _block_matrix(self, parts: int) -> NDArray[np.int8]:
        """Weights of ``_BLOCK`` outputs, each a tap further; a weight of zero elsewhere."""
        zero = _to_signed(_constant(self._graph, self._weights_zero))
        shape = (parts * _BLOCK, self._channels_in, _BLOCK, self._channels_out)
        matrix = np.full(shape, zero, np.int8)
        for output in range(_BLOCK):
            matrix[output : output + self._taps, :, output] = self._kernel.transpose(2, 1, 0)
        return matrix.reshape(parts * _BLOCK * self._channels_in, -1)

    def _product(self, columns: str, matrix: NDArray[np.int8], result: str) -> NodeProto:
        graph = self._graph
        inputs = [
            self._name(columns),
            graph.add(self._name("weights"), matrix),
            self._scale,
            graph.add("scale.one", np.array(1, np.float32)),
            self._zero,
            _signed(graph, self._weights_zero),
        ]
        if self._bias:
            times = matrix.shape[1] // self._channels_out
            bias = np.tile(_constant(graph, self._bias).ravel(), times)
            inputs.append(graph.add(self._name("bias"), bias))
        return helper.make_node(
            "MatMulIntegerToFloat", inputs, [self._name(result)], domain=_MICROSOFT
        )

    def _slice(self, source: str, result: str, first: int, end: int, step: int = 1) -> NodeProto:
        whole = self._graph.integers
        inputs = [self._name(source), whole(first), whole(end), whole(1), whole(step)]
        return self._node("Slice", inputs, result)

    def _joined(self, columns: list[str]) -> NodeProto:
        return self._node("Concat", [self._name(column) for column in columns], "columns", axis=2)

    def _reshaped(self, source: str, result: str, shape: list[int]) -> NodeProto:
        return self._node("Reshape", [self._name(source), self._graph.integers(*shape)], result)

    def _swapped(self, source: str, result: str) -> NodeProto:
        """Sequences by rounds as rounds by sequences, and back."""
        return self._node("Transpose", [self._name(source)], result, perm=[1, 0, 2])

    def _transposed(self, source: str, output: str) -> NodeProto:
        return helper.make_node("Transpose", [self._name(source)], [output], perm=[0, 2, 1])

    def _node(self, kind: str, inputs: list[str], result: str, **given: Any) -> NodeProto:
        return helper.make_node(kind, inputs, [self._name(result)], **given)

    def _name(self, part: str) -> str:
        return f"{self._output}.{part}"
