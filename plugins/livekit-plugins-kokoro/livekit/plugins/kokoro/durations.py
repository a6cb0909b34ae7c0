"""Speech that is as much faster as it was asked to be.

The published model divides the length of each sound by the speed and rounds it to whole frames of
25 ms. Most sounds are two to four frames long, so most keep their length at 1.2, and speech asked
for at 1.3 comes at 1.17. Here the *ends* of the sounds are rounded instead: each is at most half
a frame off, however many sounds come before it.
"""

import numpy as np
import onnx
from onnx import helper

from .graph import Graph

_AXIS = "durations.axis"


def use_exact_durations(model: onnx.ModelProto) -> int:
    """Rewrite a model in place; returns how many roundings were changed: one, or none where the
    model does not divide by its speed input and round."""
    graph = Graph(model.graph)
    for node in graph.nodes("Round"):
        quotient = graph.made_by(node.input[0], "Div")
        if quotient and "speed" in quotient.input:
            axis = graph.add(_AXIS, np.array(-1, np.int64))
            graph.replace(node.output[0], _rounded_ends(node.input[0], node.output[0], axis))
    return graph.write()


def _rounded_ends(lengths: str, result: str, axis: str) -> list[onnx.NodeProto]:
    """Whole lengths, (1, sounds), between the rounded begins and ends of the sounds."""
    ends, begins = f"{result}.ends", f"{result}.begins"
    return [
        helper.make_node("CumSum", [lengths, axis], [f"{ends}.exact"]),
        helper.make_node("CumSum", [lengths, axis], [f"{begins}.exact"], exclusive=1),
        helper.make_node("Round", [f"{ends}.exact"], [ends]),
        helper.make_node("Round", [f"{begins}.exact"], [begins]),
        helper.make_node("Sub", [ends, begins], [result]),
    ]
