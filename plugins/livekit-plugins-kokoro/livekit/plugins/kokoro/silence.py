"""Speech without the silence that the model makes around it.

The model begins and ends every text with 0.1 to 0.45 s of silence: a fifth (Spanish) to a half
(English) of a short text, computed only to be trimmed. What predicts lengths, pitch and energy
needs that silence, and garbles the first word without it. What makes audio of them does not: it was
trained on pieces cut out of speech (StyleTTS 2, arXiv 2306.07691), and only it takes long.
"""

from collections.abc import Iterator

import onnx
from onnx import NodeProto, helper, parser

from .graph import Graph

# The energy is -10 to -7 in silence, below -60 dB of full scale, and above 0 in what is trimmed to.
# Two frames of 25 ms stay on either side. Pitch and energy come twice a frame.
_BORDERS = """
borders (float[1, halves] energy) => (
    int64[1] begin, int64[1] end, int64[1] curve_begin, int64[1] curve_end
) {
    two = Constant <value_ints = [2]> ()
    kept = Constant <value_ints = [2]> ()
    kept_after = Constant <value_ints = [3]> ()
    none = Constant <value_ints = [0]> ()
    silent = Constant <value_float = -5.0> ()
    loud = Greater (energy, silent)
    is_loud = Cast <to = 6> (loud)
    first = ArgMax <axis = 1, keepdims = 0> (is_loud)
    last = ArgMax <axis = 1, keepdims = 0, select_last_index = 1> (is_loud)
    first_frame = Div (first, two)
    last_frame = Div (last, two)
    early = Sub (first_frame, kept)
    begin = Max (early, none)
    end = Add (last_frame, kept_after)
    curve_begin = Mul (begin, two)
    curve_end = Mul (end, two)
}
"""


def use_less_silence(model: onnx.ModelProto) -> int:
    """Rewrite a model in place; returns how many values were shortened: text, pitch and energy by
    frame, or none where the model has no such three."""
    graph = Graph(model.graph)
    text, curves = list(_text(graph)), list(_curves(graph))
    upsampled = {node.input[0] for node in graph.nodes("Resize")}
    energies = [made for made, unsqueezed in curves if unsqueezed not in upsampled]
    if (len(text), len(curves), len(energies)) != (1, 2, 1):
        return 0
    borders = _borders(energies[0])
    graph.replace(text[0].output[0], [*borders, *_shortened(graph, text[0], "")])
    for node, _ in curves:
        graph.replace(node.output[0], _shortened(graph, node, "curve_"))
    return graph.write()


def _text(graph: Graph) -> Iterator[NodeProto]:
    """What repeats the features of each sound for its frames: (1, features, frames)."""
    for node in graph.nodes("Concat"):
        product = graph.made_by(node.input[0], "MatMul")
        alignment = graph.made_by(product.input[1], "Cast") if product else None
        if product and alignment and graph.made_by(alignment.input[0], "And"):
            yield product


def _curves(graph: Graph) -> Iterator[tuple[NodeProto, str]]:
    """What makes pitch and energy, (1, 2 * frames) each, and the name of the same with an axis for
    channels, which the pitch alone is then upsampled by."""
    for node in graph.nodes("Unsqueeze"):
        curve = graph.made_by(node.input[0], "Reshape")
        if curve and graph.made_by(curve.input[0], "Squeeze"):
            yield curve, node.output[0]


def _borders(energy: NodeProto) -> list[NodeProto]:
    """Makes the first frame of the speech and the one after its last."""
    nodes = list(parser.parse_graph(_BORDERS).node)
    for node in nodes:
        node.input[:] = [
            _whole(energy.output[0]) if name == "energy" else _border(name) for name in node.input
        ]
        node.output[:] = [_border(name) for name in node.output]
    return nodes


def _shortened(graph: Graph, node: NodeProto, kind: str) -> list[NodeProto]:
    """``node``, and what takes the speech out of the last axis of its value."""
    shortened = node.output[0]
    whole = NodeProto()
    whole.CopyFrom(node)
    whole.output[0] = _whole(shortened)
    borders = [_border(f"{kind}begin"), _border(f"{kind}end")]
    inputs = [whole.output[0], *borders, graph.integers(-1)]
    return [whole, helper.make_node("Slice", inputs, [shortened])]


def _whole(name: str) -> str:
    return f"{name}.whole"


def _border(name: str) -> str:
    return f"silence.{name}"
