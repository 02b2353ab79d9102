"""Small ONNX models, each with one property that has broken a tool."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, helper, numpy_helper

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"4d7a" * 16 + b"\nsize 2591000\n"
"""What Git LFS leaves in place of a file that it has not fetched."""
INPUTS = 64
HIDDEN = 96
CLASSES = 10


def weights(*shape: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).normal(scale=shape[0] ** -0.5, size=shape).astype(np.float32)


def tensor(name: str, values: Any) -> TensorProto:
    return numpy_helper.from_array(np.asarray(values), name)


def model(
    nodes: Sequence[NodeProto],
    initializers: Sequence[TensorProto] = (),
    shape: Sequence[int | str | None] = ("batch", INPUTS),
    outputs: Sequence[Any] = (),
    opset: int = 17,
    **about: Any,
) -> ModelProto:
    """A model with the input `x` and, unless told otherwise, the output `y`."""
    graph = helper.make_graph(
        list(nodes),
        "graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        list(outputs) or [helper.make_tensor_value_info("y", TensorProto.FLOAT, ("batch", CLASSES))],
        list(initializers),
    )
    opsets = [helper.make_opsetid("", opset), *about.pop("opsets", [])]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8, producer_name="tests", **about)


def perceptron_nodes() -> list[NodeProto]:
    return [
        helper.make_node("MatMul", ["x", "w0"], ["h0"]),
        helper.make_node("Relu", ["h0"], ["h1"]),
        helper.make_node("MatMul", ["h1", "w1"], ["y"]),
    ]


def linear(opset: int = 17, shape: Sequence[int | str | None] = ("batch", INPUTS)) -> ModelProto:
    """Two matrix products: 64 x 96 and 96 x 10."""
    initializers = [tensor("w0", weights(INPUTS, HIDDEN)), tensor("w1", weights(HIDDEN, CLASSES, seed=1))]
    return model(perceptron_nodes(), initializers, shape, opset=opset)


def with_constant_weights() -> ModelProto:
    """The same, its weights in Constant nodes, which quantizers overlook."""
    source = linear()
    constants = [helper.make_node("Constant", [], [w.name], value=w) for w in source.graph.initializer]
    return model([*constants, *perceptron_nodes()])


def convolution(opset: int = 17) -> ModelProto:
    """A convolution of 8 channels, a matrix product with bias (Gemm), and a product of two activations (Mul)."""
    nodes = [
        helper.make_node("Conv", ["x", "w0"], ["c"], kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
        helper.make_node("Sigmoid", ["c"], ["s"]),
        helper.make_node("Mul", ["c", "s"], ["m"]),
        helper.make_node("GlobalAveragePool", ["m"], ["p"]),
        helper.make_node("Flatten", ["p"], ["f"]),
        helper.make_node("Gemm", ["f", "w1", "b1"], ["y"]),
    ]
    channels = 8
    initializers = [
        tensor("w0", weights(channels, 3, 3, 3)),
        tensor("w1", weights(channels, CLASSES)),
        tensor("b1", weights(CLASSES)),
    ]
    return model(nodes, initializers, ("batch", 3, 8, 8), opset=opset)


def recurrent(operator: str = "LSTM", hidden: int = 32) -> ModelProto:
    """A keyword spotter: 20 steps of 13 values, its weights in nothing but the recurrent operator."""
    gates = {"LSTM": 4, "GRU": 3}[operator]
    node = helper.make_node(operator, ["x", "w0", "w1"], ["", "y"], "cell", hidden_size=hidden)
    initializers = [
        tensor("w0", 3 * weights(1, gates * hidden, 13) / 10),
        tensor("w1", 2 * weights(1, gates * hidden, hidden, seed=1) / 10),
    ]
    outputs = [helper.make_tensor_value_info("y", TensorProto.FLOAT, (1, 1, hidden))]
    return model([node], initializers, (20, 1, 13), outputs)


def outlying() -> ModelProto:
    """Four matrix products; one channel before the third is 1000 times the others, so that 8 bits see nothing else."""
    sizes = [INPUTS, HIDDEN, HIDDEN, HIDDEN, CLASSES]
    nodes, initializers = [], []
    for number in range(4):
        values = weights(sizes[number], sizes[number + 1], seed=number)
        if number == 1:
            values[:, 0] *= 1000
        if number == 2:
            values[0] /= 1000
        initializers.append(tensor(f"w{number}", values))
        into = "y" if number == 3 else f"h{number}"
        nodes.append(helper.make_node("MatMul", [f"r{number - 1}" if number else "x", f"w{number}"], [into]))
        if number < 3:
            nodes.append(helper.make_node("Relu", [into], [f"r{number}"]))
    return model(nodes, initializers)


def with_bias() -> ModelProto:
    """A matrix product and an addition, each with a name, which preprocessing makes one Gemm of another name."""
    nodes = [
        helper.make_node("MatMul", ["x", "w0"], ["h"], "first"),
        helper.make_node("Add", ["h", "b0"], ["a"], "bias"),
        helper.make_node("Relu", ["a"], ["r"], "relu"),
        helper.make_node("MatMul", ["r", "w1"], ["y"], "second"),
    ]
    initializers = [
        tensor("w0", weights(INPUTS, HIDDEN)),
        tensor("b0", weights(HIDDEN)),
        tensor("w1", weights(HIDDEN, CLASSES, seed=1)),
    ]
    return model(nodes, initializers)


def old_opset() -> ModelProto:
    """Opset 11: quantized per channel it would be an invalid graph."""
    return convolution(opset=11)


def duplicate_opset() -> ModelProto:
    """Two imports of one domain, as converters that merge graphs write; ONNX Runtime takes the last."""
    source = linear()
    source.opset_import.add(domain="", version=1)
    return source


def custom_operator() -> ModelProto:
    nodes = [helper.make_node("Wavelet", ["x"], ["y"], domain="com.example")]
    return model(nodes, opsets=[helper.make_opsetid("com.example", 1)])


def runtimes_own() -> ModelProto:
    """Two matrix products and an operator that ONNX Runtime alone has (it changes nothing)."""
    source = linear()
    source.graph.node[1].CopyFrom(helper.make_node("SampleOp", ["h0"], ["h1"], domain="com.microsoft"))
    source.opset_import.add(domain="com.microsoft", version=1)
    return source


def nan_weights() -> ModelProto:
    """The checker likes it."""
    source = linear()
    spoiled = weights(INPUTS, HIDDEN)
    spoiled[0, 0] = np.nan
    source.graph.initializer[0].CopyFrom(tensor("w0", spoiled))
    return source


def without_weights() -> ModelProto:
    """A matrix product of the input with itself: int8 and int4 find nothing to do."""
    nodes = [
        helper.make_node("Transpose", ["x"], ["t"], perm=[1, 0]),
        helper.make_node("MatMul", ["x", "t"], ["y"]),
    ]
    return model(nodes, outputs=[helper.make_tensor_value_info("y", TensorProto.FLOAT, ("batch", "batch"))])


def body(nodes: Sequence[NodeProto], initializers: Sequence[TensorProto] = ()) -> GraphProto:
    """The body of a Loop that passes `carried` on."""
    return helper.make_graph(
        list(nodes),
        "body",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, ()),
            helper.make_tensor_value_info("go", TensorProto.BOOL, ()),
            helper.make_tensor_value_info("carried", TensorProto.FLOAT, ("batch", INPUTS)),
        ],
        [
            helper.make_tensor_value_info("go_on", TensorProto.BOOL, ()),
            helper.make_tensor_value_info("passed", TensorProto.FLOAT, ("batch", INPUTS)),
        ],
        list(initializers),
    )


def looping(times: int) -> ModelProto:
    """A loop with a weight of 64 x 64 in its body."""
    inside = body(
        [
            helper.make_node("Identity", ["go"], ["go_on"]),
            helper.make_node("MatMul", ["carried", "inner"], ["passed"]),
        ],
        [tensor("inner", weights(INPUTS, INPUTS))],
    )
    return model(
        [helper.make_node("Loop", ["times", "always", "x"], ["y"], body=inside)],
        [tensor("times", np.int64(times)), tensor("always", np.bool_(True))],
        outputs=[helper.make_tensor_value_info("y", TensorProto.FLOAT, ("batch", INPUTS))],
    )


def infinite_loop() -> ModelProto:
    return looping(2**62)


def nested(depth: int) -> ModelProto:
    """If nodes within If nodes."""
    node = helper.make_node("Identity", ["x"], ["y"])
    output = helper.make_tensor_value_info("y", TensorProto.FLOAT, ("batch", INPUTS))
    for _ in range(depth):
        branch = helper.make_graph([node], "branch", [], [output])
        node = helper.make_node("If", ["yes"], ["y"], then_branch=branch, else_branch=branch)
    return model([node], [tensor("yes", np.bool_(True))], outputs=[output])


def nesting_bomb(depth: int) -> bytes:
    """Graphs within graphs, deeper than protobuf itself would write them."""

    def field(number: int, content: bytes) -> bytes:
        size, length = len(content), b""
        while size > 127:
            length, size = length + bytes([size & 127 | 128]), size >> 7
        return bytes([number << 3 | 2]) + length + bytes([size]) + content

    graph = b""
    for _ in range(depth):
        graph = field(1, field(4, b"If") + field(5, field(6, graph)))
    return b"\x08\x08" + field(7, graph)


def with_function(inside: Sequence[NodeProto]) -> ModelProto:
    """A model-local function with these nodes, called once."""
    function = helper.make_function(
        "com.example", "Own", ["a"], ["b"], list(inside), [helper.make_opsetid("", 17)]
    )  # fmt: skip
    return model(
        [helper.make_node("Own", ["x"], ["y"], domain="com.example")],
        functions=[function],
        opsets=[helper.make_opsetid("com.example", 1)],
    )


def at_location(location: str, name: str = "w") -> TensorProto:
    """A weight that says it lies in a file."""
    outside = tensor(name, weights(INPUTS, HIDDEN))
    outside.ClearField("raw_data")
    outside.data_location = TensorProto.EXTERNAL
    outside.external_data.add(key="location", value=location)
    return outside


def external_data(folder: Path, location: str = "model.onnx.data") -> Path:
    """linear() with its weights in a second file; for a location outside the folder nothing is written there."""
    path = folder / "model.onnx"
    source = linear()
    if ".." in location or location.startswith(("/", "*")):
        source.graph.initializer[0].CopyFrom(at_location(location, "w0"))
        path.write_bytes(source.SerializeToString())
    else:
        (folder / location).parent.mkdir(parents=True, exist_ok=True)
        onnx.save(source, path, save_as_external_data=True, location=location, size_threshold=0)
    return path


def saved(proto: ModelProto, folder: Path) -> Path:
    path = folder / "model.onnx"
    path.write_bytes(proto.SerializeToString())
    return path
