"""A model's graph while it is rewritten: what makes a value, what is constant, what goes."""

from collections.abc import Iterable, Sequence
from graphlib import TopologicalSorter
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, helper, numpy_helper

END = 2**63 - 1


class Graph:
    """Matching and replacing in one ``onnx.GraphProto``; :meth:`write` changes it."""

    def __init__(self, graph: onnx.GraphProto) -> None:
        self._graph = graph
        self._constants = {tensor.name: tensor for tensor in graph.initializer}
        self._producers = {name: node for node in graph.node for name in node.output}
        self._replaced: dict[str, list[NodeProto]] = {}

    def nodes(self, kind: str) -> list[NodeProto]:
        return [node for node in self._graph.node if node.op_type == kind]

    def made_by(self, name: str, kind: str) -> NodeProto | None:
        """The node that makes a value, if it is of this kind and was not replaced."""
        node = self._producers.get(name)
        return node if node and node.op_type == kind and name not in self._replaced else None

    def operands(self, node: NodeProto | None, kind: str) -> tuple[NodeProto | None, str]:
        """Of an operation on two values: the one that a node of this kind makes, and the other.

        An empty name where there is none.
        """
        values = list(node.input) if node else []
        for value, other in zip(values, reversed(values), strict=True):
            found = self.made_by(value, kind)
            if found:
                return found, other
        return None, ""

    def array(self, name: str) -> NDArray[Any] | None:
        """The values of a constant."""
        tensor = self._constants.get(name)
        return None if tensor is None else numpy_helper.to_array(tensor)

    def is_constant(self, name: str, value: float | Sequence[int]) -> bool:
        array = self.array(name)
        return array is not None and np.array_equal(array, np.asarray(value, array.dtype))

    def add(self, name: str, value: NDArray[Any]) -> str:
        """A constant of this name, made once."""
        if name not in self._constants:
            self._constants[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def integers(self, *values: int) -> str:
        """A constant list of integers."""
        return self.add("integers." + ".".join(map(str, values)), np.array(values, np.int64))

    def replace(self, name: str, nodes: Iterable[NodeProto]) -> None:
        """Let ``nodes`` make the value ``name``."""
        self._replaced[name] = list(nodes)

    def write(self) -> int:
        """Put the replacements in; leave what the outputs depend on, and no others.

        Returns how many values are made otherwise; without any, nothing changes.
        """
        if not self._replaced:
            return 0
        nodes: list[NodeProto] = []
        for node in self._graph.node:
            nodes.extend(self._replaced.get(node.output[0], [node]))
        kept = _needed([output.name for output in self._graph.output], nodes)
        self._graph.ClearField("node")
        self._graph.node.extend(kept)
        read = {name for node in kept for name in node.input}
        constants = [tensor for name, tensor in self._constants.items() if name in read]
        self._graph.ClearField("initializer")
        self._graph.initializer.extend(constants)
        return len(self._replaced)


def _needed(outputs: Iterable[str], nodes: Sequence[NodeProto]) -> list[NodeProto]:
    """What ``outputs`` depend on, each node after those that it reads from."""
    # An optional value that is left out has an empty name.
    makers = {name: index for index, node in enumerate(nodes) for name in node.output if name}
    reads = {
        index: {makers[name] for name in node.input if name in makers}
        for index, node in enumerate(nodes)
    }
    waiting, needed = [makers[name] for name in outputs if name in makers], set[int]()
    while waiting:
        index = waiting.pop()
        if index not in needed:
            needed.add(index)
            waiting.extend(reads[index])
    order = TopologicalSorter({index: reads[index] for index in sorted(needed)}).static_order()
    return [nodes[index] for index in order]


def attributes(node: NodeProto) -> dict[str, Any]:
    return {item.name: helper.get_attribute_value(item) for item in node.attribute}
