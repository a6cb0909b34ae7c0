"""Kokoro's short-time Fourier transform as a convolution, and sound.

ONNX Runtime's own transform takes fifty times as long for the twenty samples of a frame. The
imaginary part of its first and last bin, which is 0, comes out as rounding noise, and the phase of
a negative real part is pi or -pi by the sign of that. Kokoro was trained with pi, which is what it
gets here: its graph says pi where the imaginary part is greater than 0.
"""

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, helper

from .graph import Graph, attributes

# Greater than 0, and lost beside any real part.
_POSITIVE = 1e-20


def use_convolved_spectrum(model: onnx.ModelProto) -> int:
    """Rewrite a model in place; returns how many transforms were changed: those of a real signal
    with a constant window and step."""
    graph = Graph(model.graph)
    for node in graph.nodes("STFT"):
        _, step, window, *_ = (*node.input, "", "")
        hop, shape = graph.array(step), graph.array(window)
        if hop is None or shape is None or not attributes(node).get("onesided", 1):
            continue
        graph.replace(node.output[0], _convolved(graph, node, int(hop.item()), shape))
    return graph.write()


def _convolved(
    graph: Graph, node: NodeProto, hop: int, window: NDArray[np.float32]
) -> list[NodeProto]:
    """(1, samples[, 1]) to (1, frames, bins, 2)."""
    output = node.output[0]
    kernel = graph.add(f"{output}.kernel", _fourier_kernel(window))
    bias = graph.add(f"{output}.bias", _fourier_bias(len(window)))
    signal, whole = f"{output}.signal", graph.integers
    return [
        helper.make_node("Reshape", [node.input[0], whole(1, 1, -1)], [signal]),
        helper.make_node("Conv", [signal, kernel, bias], [f"{output}.bins"], strides=[hop]),
        helper.make_node("Transpose", [f"{output}.bins"], [f"{output}.frames"], perm=[0, 2, 1]),
        helper.make_node("Reshape", [f"{output}.frames", whole(1, 0, -1, 2)], [output]),
    ]


def _fourier_kernel(window: NDArray[np.float32]) -> NDArray[np.float32]:
    """Weights, (2 * bins, 1, samples): real and imaginary parts of each bin in turn."""
    size = len(window)
    angles = -2 * np.pi * np.outer(np.arange(size // 2 + 1), np.arange(size)) / size
    parts = np.stack([np.cos(angles), np.sin(angles)], axis=1) * window
    parts[_real_bins(size), 1] = 0
    return parts.reshape(-1, 1, size).astype(np.float32)


def _fourier_bias(size: int) -> NDArray[np.float32]:
    """For each of :func:`_fourier_kernel`'s weights."""
    bias = np.zeros((size // 2 + 1, 2), np.float32)
    bias[_real_bins(size), 1] = _POSITIVE
    return bias.ravel()


def _real_bins(size: int) -> list[int]:
    """Those without an imaginary part: the first, and the last of an even size."""
    return [0] if size % 2 else [0, size // 2]
