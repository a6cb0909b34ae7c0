"""Kokoro's adaptive normalisation and "snake" activation with fewer passes over the audio.

Both are published as one node an operation. Between two convolutions that makes fourteen passes
over all channels and times, which take longer than the convolutions' products. Here they are four:

- the normalisation is one ``InstanceNormalization``, whose scale and bias are values of the graph;
- snake, x + sin(a x)^2 / a (Ziyin et al. 2020, arXiv 2006.08195), is
  (u - cos u + 1) / 2a with u = 2a x, and the normalisation before it gives u for nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, helper

from .graph import Graph, attributes


def use_fewer_passes(model: onnx.ModelProto) -> int:
    """Rewrite a model in place; returns how many normalisations were changed."""
    graph = Graph(model.graph)
    normalisations = {
        found.output: found for node in graph.nodes("Add") if (found := _normalisation(graph, node))
    }
    for found in normalisations.values():
        graph.replace(found.output, _instance(graph, found, found.output, found.scale, found.bias))
    for node in graph.nodes("Add"):
        snake = _snake(graph, node, normalisations)
        if snake:
            graph.replace(node.output[0], _activated(graph, snake))
    graph.write()
    return len(normalisations)


@dataclass(frozen=True, slots=True)
class _Normalisation:
    """``scale`` and ``bias`` are values of shape (1, channels, 1)."""

    data: str
    scale: str
    bias: str
    epsilon: float
    output: str


@dataclass(frozen=True, slots=True)
class _Snake:
    """``factor`` is a for each channel, (channels,)."""

    normalisation: _Normalisation
    factor: NDArray[np.float32]
    output: str


def _normalisation(graph: Graph, added: NodeProto) -> _Normalisation | None:
    """(x - mean) / sqrt(mean((x - mean)^2) + epsilon) * scale + bias, over time."""
    scaled, bias = graph.operands(added, "Mul")
    quotient, scale = graph.operands(scaled, "Div")
    if not quotient:
        return None
    centred = graph.made_by(quotient.input[0], "Sub")
    root = graph.made_by(quotient.input[1], "Sqrt")
    variance, epsilon = graph.operands(
        graph.made_by(root.input[0], "Add") if root else None, "ReduceMean"
    )
    constant = graph.array(epsilon)
    if not centred or not variance or constant is None or not _over_time(graph, variance):
        return None
    square = graph.made_by(variance.input[0], "Mul")
    mean = graph.made_by(centred.input[1], "ReduceMean")
    if not square or list(square.input) != [centred.output[0]] * 2:
        return None
    if not mean or mean.input[0] != centred.input[0] or not _over_time(graph, mean):
        return None
    return _Normalisation(centred.input[0], scale, bias, float(constant.item()), added.output[0])


def _over_time(graph: Graph, mean: NodeProto) -> bool:
    axes = len(mean.input) > 1 and graph.is_constant(mean.input[1], [2])
    return axes and attributes(mean).get("keepdims", 1) == 1


def _snake(
    graph: Graph, added: NodeProto, normalisations: dict[str, _Normalisation]
) -> _Snake | None:
    """x + sin(a x)^2 * (1 / a), x being a normalisation's."""
    halves = [name for name in added.input if name in normalisations]
    if len(halves) != 1:
        return None
    scaled, other = graph.operands(added, "Mul")
    power, _ = graph.operands(scaled, "Pow")
    sine = graph.made_by(power.input[0], "Sin") if power else None
    product = graph.made_by(sine.input[0], "Mul") if sine else None
    if not power or not product or not graph.is_constant(power.input[1], 2.0):
        return None
    if other != halves[0] or other not in product.input:
        return None
    (factor,) = (graph.array(name) for name in product.input if name != other)
    if factor is None or not np.all(factor):
        return None
    return _Snake(normalisations[other], factor.ravel(), added.output[0])


def _instance(
    graph: Graph, found: _Normalisation, output: str, scale: str, bias: str
) -> Iterator[NodeProto]:
    flat = graph.integers(-1)
    for name, value in (("scale", scale), ("bias", bias)):
        yield helper.make_node("Reshape", [value, flat], [f"{output}.{name}"])
    yield helper.make_node(
        "InstanceNormalization",
        [found.data, f"{output}.scale", f"{output}.bias"],
        [output],
        epsilon=found.epsilon,
    )


def _activated(graph: Graph, snake: _Snake) -> Iterator[NodeProto]:
    output, found = snake.output, snake.normalisation
    doubled = graph.add(f"{output}.doubled", 2 * snake.factor.reshape(1, -1, 1))
    for name, value in (("scaled", found.scale), ("shifted", found.bias)):
        yield helper.make_node("Mul", [value, doubled], [f"{output}.{name}"])
    angle = f"{output}.angle"
    yield from _instance(graph, found, angle, f"{output}.scaled", f"{output}.shifted")
    yield helper.make_node("Cos", [angle], [f"{output}.cos"])
    yield helper.make_node("Sub", [angle, f"{output}.cos"], [f"{output}.difference"])
    half = graph.add(f"{output}.half", 1 / (2 * snake.factor))
    # Per channel x * scale + bias in one pass: a normalisation by mean 0 and variance 1.
    zeros = graph.add(f"{output}.zeros", np.zeros_like(snake.factor))
    ones = graph.add(f"{output}.ones", np.ones_like(snake.factor))
    yield helper.make_node(
        "BatchNormalization",
        [f"{output}.difference", half, half, zeros, ones],
        [output],
        epsilon=0.0,
    )
