"""Nodes of an ONNX graph by name, as quantizers are told of them, and what became of one when a graph was prepared."""

import math
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

Graph = Any
"""An onnx.GraphProto: onnx's own types are known only where it may be imported."""


def graph_of(model: Path) -> Graph:
    import onnx

    return onnx.load(model, load_external_data=False).graph


def names_given(model: Path, output: Path) -> Path:
    """The model with a name for each node: quantizers know nodes by nothing else."""
    import onnx

    proto = onnx.load(model)
    taken = {node.name for node in proto.graph.node}
    for number, node in enumerate(proto.graph.node):
        if not node.name:
            node.name = f"{node.op_type}_{number}"
            while node.name in taken:
                node.name += "_"
    onnx.save(proto, output)
    return output


def weights_of(model: Path, operators: Collection[str]) -> dict[str, int]:
    """Elements of the constants of each node of these types, by its name."""
    graph = graph_of(model)
    sizes = {weight.name: math.prod(weight.dims) for weight in graph.initializer}
    return {
        node.name: sum(sizes.get(name, 0) for name in node.input) for node in graph.node if node.op_type in operators
    }


def successor(name: str, before: Graph, after: Graph) -> str | None:
    """The node that does a node's work in the graph that was prepared: itself, or what it was fused into.

    A fusion keeps the last output of what it fuses, so the way there leads along the outputs. None where the node's
    work is a constant now.
    """
    if name in {node.name for node in after.node}:
        return name
    makers: dict[str, str] = {output: node.name for node in after.node for output in node.output}
    makers_before: Mapping[str, Any] = {node.name: node for node in before.node}
    waiting, met = list(makers_before[name].output), set[str]()
    while waiting:
        tensor = waiting.pop(0)
        if tensor in makers:
            return makers[tensor]
        met.add(tensor)
        users = (node for node in before.node if tensor in node.input)
        waiting += [output for node in users for output in node.output if output not in met]
    return None
