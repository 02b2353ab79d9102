"""Models whose bottleneck is known because they were made to have it, each as a project in a folder."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from onnx import NodeProto, TensorProto

CONFIG = """\
model: model.onnx
metric: agreement
data:
  evaluation: {path: evaluation.npz}
targets:
  - name: cpu
    backends: [BACKEND]
propose: false
gates:
  rules:
    - {rule: speed-up, metric: latency_cpu, limit: 2}
"""


def computing(folder: Path, backend: str = "onnxruntime") -> Path:
    """Six products of a (96, 384) item with (384, 384): each weight is used 96 times an item."""
    return project(folder, chain((96, 384), 6), np.ones((8, 96, 384), np.float32), backend)


def reading(folder: Path, backend: str = "onnxruntime") -> Path:
    """100 MB of weights, each used once an item."""
    return project(folder, chain((5000,), 1), np.ones((8, 5000), np.float32), backend)


def calling(folder: Path, backend: str = "onnxruntime") -> Path:
    """400 operators on four numbers each."""
    from onnx import helper

    last = 399
    nodes = [
        helper.make_node(
            ("Sin", "Cos")[step % 2], ["x" if step == 0 else f"h{step}"], ["y" if step == last else f"h{step + 1}"]
        )
        for step in range(last + 1)
    ]
    return project(folder, model(nodes, [], (4,), (4,)), np.ones((8, 4), np.float32), backend)


def depending(folder: Path, backend: str = "onnxruntime") -> Path:
    """A loop of as many (256, 256) products as the item's first number says: 2 for most items, 60 for one."""
    from onnx import TensorProto, helper, numpy_helper

    state = helper.make_tensor_value_info("state", TensorProto.FLOAT, [256, 256])
    inside = helper.make_graph(
        [
            helper.make_node("MatMul", ["state", "weights"], ["next"]),
            helper.make_node("Identity", ["go"], ["go_on"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("step", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            state,
        ],
        [
            helper.make_tensor_value_info("go_on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("next", TensorProto.FLOAT, [256, 256]),
        ],
    )
    nodes = [
        helper.make_node("ReduceMax", ["x"], ["most"], keepdims=0),
        helper.make_node("Cast", ["most"], ["trips"], to=TensorProto.INT64),
        helper.make_node("Loop", ["trips", "yes", "weights"], ["result"], body=inside),
        helper.make_node("ReduceMean", ["result"], ["mean"], keepdims=0),
        helper.make_node("Add", ["x", "mean"], ["y"]),
    ]
    weights = [
        numpy_helper.from_array((np.eye(256) * 0.5).astype(np.float32), "weights"),
        numpy_helper.from_array(np.array(True), "yes"),
    ]
    items = np.full((8, 4), 2, np.float32)
    items[5] = 60
    return project(folder, model(nodes, weights, (4,), (4,), batch=1), items, backend)


def chain(item: Sequence[int], layers: int) -> bytes:
    """Square matrix products, one after the other."""
    from onnx import helper, numpy_helper

    width = item[-1]
    generator = np.random.default_rng(0)
    weights = [
        numpy_helper.from_array(
            (generator.standard_normal((width, width)) / width**0.5).astype(np.float32), f"w{layer}"
        )
        for layer in range(layers)
    ]
    nodes = [
        helper.make_node(
            "MatMul",
            ["x" if layer == 0 else f"h{layer}", f"w{layer}"],
            ["y" if layer == layers - 1 else f"h{layer + 1}"],
        )
        for layer in range(layers)
    ]
    return model(nodes, weights, item, item)


def model(
    nodes: list["NodeProto"],
    weights: list["TensorProto"],
    item: Sequence[int],
    answer: Sequence[int],
    batch: int | str = "batch",
) -> bytes:
    from onnx import TensorProto, helper

    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [batch, *item])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [batch, *answer])],
        weights,
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return bytes(made.SerializeToString())


def project(folder: Path, content: bytes, items: np.ndarray, backend: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "model.onnx").write_bytes(content)
    np.savez(folder / "evaluation.npz", x=items)
    (folder / "edgeci.yaml").write_text(CONFIG.replace("BACKEND", backend))
    return folder
