"""A small ONNX model with something for every quantizer, its items, and what the reference says they come to."""

from pathlib import Path
from typing import Any

import numpy as np

ITEMS = 48
CLASSES = 10
CHANNELS = 16
SIDE = 8
HIDDEN = 64


def write(folder: Path) -> Path:
    """model.onnx, calibration.npz (x, labels) and expected.npz: what onnx's reference evaluator answers."""
    import onnx
    from onnx.reference import ReferenceEvaluator

    path = folder / "model.onnx"
    onnx.save(model(), path)
    items = np.random.default_rng(7).standard_normal((ITEMS, 3, SIDE, SIDE)).astype(np.float32)
    evaluator = ReferenceEvaluator(str(path))
    answers = np.concatenate([evaluator.run(None, {"x": item[None]})[0] for item in items])
    np.savez(folder / "calibration.npz", x=items, labels=answers.argmax(axis=1))
    np.save(folder / "expected.npy", answers)
    return path


def model() -> Any:
    """Two convolutions, a matrix product and a Gemm, with a batch dimension of any size."""
    from onnx import TensorProto, helper, numpy_helper

    random = np.random.default_rng(11)

    def weight(name: str, *shape: int) -> Any:
        values = random.normal(scale=(2 / np.prod(shape[1:])) ** 0.5, size=shape).astype(np.float32)
        return numpy_helper.from_array(values, name)

    flat = CHANNELS * SIDE * SIDE
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["x", "w0"], ["c0"], kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
            helper.make_node("Relu", ["c0"], ["r0"]),
            helper.make_node("Conv", ["r0", "w1"], ["c1"], kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
            helper.make_node("Relu", ["c1"], ["r1"]),
            helper.make_node("Flatten", ["r1"], ["f"]),
            helper.make_node("MatMul", ["f", "w2"], ["m"]),
            helper.make_node("Relu", ["m"], ["r2"]),
            helper.make_node("Gemm", ["r2", "w3", "b3"], ["scores"]),
        ],
        "conformance",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["batch", CLASSES])],
        [
            weight("w0", CHANNELS, 3, 3, 3),
            weight("w1", CHANNELS, CHANNELS, 3, 3),
            numpy_helper.from_array(random.normal(scale=flat**-0.5, size=(flat, HIDDEN)).astype(np.float32), "w2"),
            numpy_helper.from_array(random.normal(scale=0.3, size=(HIDDEN, CLASSES)).astype(np.float32), "w3"),
            numpy_helper.from_array(np.zeros(CLASSES, np.float32), "b3"),
        ],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
