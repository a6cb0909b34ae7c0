"""Kokoro's model in two parts, so that a text begins to sound before all of it is computed.

The first part knows the whole text: it predicts lengths, pitch and energy and decodes them at 80
values a second, in a tenth of the time. The second makes audio of that ("generator", an iSTFTNet,
Kaneko et al. 2022, arXiv 2203.02395). Its convolutions reach 50 ms to either side, and only its
normalisations look at everything, for means and variances over time. In the long run these are the
voice's own: with those of its other texts, a piece of audio is the same whichever it is computed
with.
"""

from collections.abc import Sequence

import onnx
from onnx import NodeProto, TensorProto, helper

from .graph import Graph, attributes

# Names of the second part's inputs and outputs; those of the statistics are numbered.
DECODED, SOURCE, STYLE, MEASURE, AUDIO = "decoded", "source", "style", "measure", "audio"
MEAN, VARIANCE, MEASURED = "mean.", "variance.", "measured."

Parts = tuple[onnx.ModelProto, onnx.ModelProto]


def in_two_parts(model: onnx.ModelProto) -> Parts | None:
    """The model as two, or None where it is of another kind.

    The first takes what the model takes, and gives ``DECODED``, (1, channels, 2 * frames), and
    ``SOURCE``, (1, bins, steps * frames + 1), the voice's buzz that the second colours. The second
    takes these or the same stretch of both, the style, and a mean and a variance over time for each
    channel of each normalisation; if ``MEASURE`` is true it takes those of the stretch instead, and
    says them.
    """
    graph = Graph(model.graph)
    decoded, source = _decoded(graph), _source(graph)
    if not decoded or not source or len(model.graph.output) != 1:
        return None
    inputs = [value.name for value in model.graph.input]
    if STYLE not in inputs:
        return None
    first = _extracted(model, inputs, [decoded, source])
    second = _extracted(model, [decoded, source, STYLE], [model.graph.output[0].name])
    for part in (first, second):
        _rename(part.graph, {decoded: DECODED, source: SOURCE, model.graph.output[0].name: AUDIO})
    return (first, second) if _open_statistics(second.graph) else None


def _decoded(graph: Graph) -> str | None:
    """What goes into the first of the convolutions over all channels that lengthen."""
    for node in graph.nodes("ConvTranspose"):
        active = graph.made_by(node.input[0], "LeakyRelu")
        if active and attributes(node).get("group", 1) == 1:
            return active.input[0]
    return None


def _source(graph: Graph) -> str | None:
    """Magnitudes and phases of the spectrum, one below the other."""
    for node in graph.nodes("Concat"):
        halves = [graph.made_by(node.input[0], "Sqrt"), graph.made_by(node.input[-1], "Where")]
        if len(node.input) == len(halves) and all(halves):
            return node.output[0]
    return None


def _extracted(
    model: onnx.ModelProto, inputs: Sequence[str], outputs: Sequence[str]
) -> onnx.ModelProto:
    whole = onnx.ModelProto()
    whole.CopyFrom(model)
    known = {value.name for value in whole.graph.value_info}
    ends = {value.name for value in (*whole.graph.input, *whole.graph.output)}
    for name in {*inputs, *outputs} - known - ends:
        shape = [1, None, None]
        whole.graph.value_info.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
    part = onnx.utils.Extractor(whole).extract_model(list(inputs), list(outputs))
    part.metadata_props.extend(model.metadata_props)
    return part


def _rename(graph: onnx.GraphProto, names: dict[str, str]) -> None:
    for value in (*graph.input, *graph.output):
        value.name = names.get(value.name, value.name)
    for node in graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]
        node.output[:] = [names.get(name, name) for name in node.output]


def _open_statistics(graph: onnx.GraphProto) -> int:
    """Let each normalisation over time take its statistics from outside; returns how many."""
    nodes = list(graph.node)
    found = [node for node in nodes if node.op_type == "InstanceNormalization"]
    numbers = {node.output[0]: number for number, node in enumerate(found)}
    graph.ClearField("node")
    for node in nodes:
        number = numbers.get(node.output[0])
        graph.node.extend([node] if number is None else _normalised(node, number))
    kinds = (MEAN, VARIANCE)
    names = [f"{kind}{number}" for number in range(len(found)) for kind in kinds]
    graph.input.append(helper.make_tensor_value_info(MEASURE, TensorProto.BOOL, [1]))
    for name in names:
        ends = ((graph.input, name), (graph.output, f"{MEASURED}{name}"))
        for values, end in ends:
            values.append(helper.make_tensor_value_info(end, TensorProto.FLOAT, [None]))
    return len(found)


def _normalised(node: NodeProto, number: int) -> list[NodeProto]:
    data, scale, bias = node.input
    names = [f"{MEAN}{number}", f"{VARIANCE}{number}"]
    used = [f"{MEASURED}{name}" for name in names]
    choice = helper.make_node(
        "If",
        [MEASURE],
        used,
        then_branch=_measuring(data, number),
        else_branch=_given(names, number),
    )
    epsilon = attributes(node)["epsilon"]
    inputs = [data, scale, bias, *used]
    return [
        choice,
        helper.make_node("BatchNormalization", inputs, [node.output[0]], epsilon=epsilon),
    ]


def _measuring(data: str, number: int) -> onnx.GraphProto:
    """Mean and variance of (1, channels, times) over time."""
    name = f"norm{number}.{{}}".format
    axes, channels = name("axes"), name("channels")
    nodes = [
        helper.make_node("Constant", [], [axes], value_ints=[2]),
        helper.make_node("Constant", [], [channels], value_ints=[-1]),
        helper.make_node("ReduceMean", [data, axes], [name("mean")]),
        helper.make_node("Sub", [data, name("mean")], [name("centred")]),
        helper.make_node("Mul", [name("centred"), name("centred")], [name("squares")]),
        helper.make_node("ReduceMean", [name("squares"), axes], [name("variance")]),
        helper.make_node("Reshape", [name("mean"), channels], [name("measured.mean")]),
        helper.make_node("Reshape", [name("variance"), channels], [name("measured.variance")]),
    ]
    return _branch(nodes)


def _given(names: Sequence[str], number: int) -> onnx.GraphProto:
    outputs = [f"norm{number}.given.{name}" for name in names]
    pairs = zip(names, outputs, strict=True)
    return _branch([helper.make_node("Identity", [name], [output]) for name, output in pairs])


def _branch(nodes: Sequence[NodeProto]) -> onnx.GraphProto:
    """That gives what its last two nodes make."""
    outputs = [
        helper.make_tensor_value_info(node.output[0], TensorProto.FLOAT, [None])
        for node in nodes[-2:]
    ]
    return helper.make_graph(nodes, "statistics", [], outputs)
