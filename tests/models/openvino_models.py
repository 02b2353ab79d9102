"""Small ONNX models that meet one trap of OpenVINO or NNCF each."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from onnx import GraphProto, NodeProto, TensorProto


def perceptron(path: Path, widths: Sequence[int] = (64, 96, 96, 10), constant_nodes: bool = False) -> Path:
    """Matrix products with ReLU between them; weights as initializers or as Constant nodes."""
    from onnx import helper, numpy_helper

    generator = np.random.default_rng(0)
    nodes: list[NodeProto] = []
    initializers: list[TensorProto] = []
    value = "x"
    for layer, (width, following) in enumerate(pairwise(widths)):
        weight = numpy_helper.from_array(
            (generator.standard_normal((width, following)) / np.sqrt(width)).astype(np.float32), f"weight{layer}"
        )
        if constant_nodes:
            nodes.append(helper.make_node("Constant", [], [weight.name], value=weight))
        else:
            initializers.append(weight)
        last = layer == len(widths) - 2
        nodes.append(helper.make_node("MatMul", [value, weight.name], ["y" if last else f"product{layer}"]))
        if not last:
            nodes.append(helper.make_node("Relu", [f"product{layer}"], [f"relu{layer}"]))
        value = f"relu{layer}"
    return written(path, nodes, ["batch", widths[0]], {"y": ["batch", widths[-1]]}, initializers)


def only_static_shapes(path: Path) -> Path:
    """A branch whose rank depends on an input's size, as in silero-vad: normalization needs to know it."""
    from onnx import helper, numpy_helper

    branches = {
        "then_branch": branch(helper.make_node("Identity", ["x"], ["same"])),
        "else_branch": branch(helper.make_node("Unsqueeze", ["x", "zero"], ["deeper"])),
    }
    nodes = [
        helper.make_node("Shape", ["x"], ["size"], start=2),
        helper.make_node("Squeeze", ["size"], ["length"]),
        helper.make_node("Equal", ["length", "eight"], ["is_eight"]),
        helper.make_node("If", ["is_eight"], ["chosen"], **branches),
        helper.make_node("InstanceNormalization", ["chosen", "scale", "shift"], ["y"]),
    ]
    initializers = [
        numpy_helper.from_array(np.array(8), "eight"),
        numpy_helper.from_array(np.array([0]), "zero"),
        numpy_helper.from_array(np.ones(3, np.float32), "scale"),
        numpy_helper.from_array(np.zeros(3, np.float32), "shift"),
    ]
    return written(path, nodes, ["batch", 3, "length"], {"y": None}, initializers)


def two_outputs(path: Path) -> Path:
    """The sum comes second in the graph and first among the outputs."""
    from onnx import helper

    nodes = [helper.make_node("Neg", ["x"], ["negative"]), helper.make_node("Add", ["x", "x"], ["double"])]
    return written(path, nodes, ["batch", 4], {"double": ["batch", 4], "negative": ["batch", 4]}, [])


def nothing_to_quantize(path: Path) -> Path:
    from onnx import helper

    return written(path, [helper.make_node("Relu", ["x"], ["y"])], ["batch", 4], {"y": ["batch", 4]}, [])


def branch(node: "NodeProto") -> "GraphProto":
    from onnx import TensorProto, helper

    output = helper.make_tensor_value_info(node.output[0], TensorProto.FLOAT, None)
    return helper.make_graph([node], node.op_type, [], [output])


def written(
    path: Path,
    nodes: list["NodeProto"],
    shape: Sequence[int | str],
    outputs: dict[str, Sequence[int | str] | None],
    initializers: list["TensorProto"],
) -> Path:
    import onnx
    from onnx import TensorProto, helper

    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, sizes) for name, sizes in outputs.items()],
        initializers,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path
