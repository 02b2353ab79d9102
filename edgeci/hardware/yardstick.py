"""A model whose cost is known on every machine: a ladder of identical convolutions.

Eleven rungs are 10 % more work than ten, whatever the processor, because every rung is the same work. That makes the
slower model of a runner check a real one, and its true ratio known without measuring (docs/runner.md says what was
measured). Built in a worker, which is the only process that imports onnx.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from edgeci.types import Tensor

if TYPE_CHECKING:
    from onnx import ModelProto

CHANNELS, SIDE = 48, 14
ITEMS = 4
SHAPE = ("batch", CHANNELS, SIDE, SIDE)
TENSOR = Tensor(name="x", dtype="float32", shape=SHAPE)


def write(folder: Path, rungs: list[int]) -> None:
    """Write `<rungs>/model.onnx` for each length, and the items they are timed on as items.npz."""
    import onnx

    items = np.random.default_rng(0).normal(size=(ITEMS, CHANNELS, SIDE, SIDE)).astype(np.float32)
    np.savez(folder / "items.npz", x=items)
    for count in rungs:
        path = folder / str(count) / "model.onnx"
        path.parent.mkdir()
        onnx.save(ladder(count), path)


def ladder(rungs: int) -> "ModelProto":
    """x -> (3x3 convolution, ReLU) times `rungs` -> mean of each channel."""
    from onnx import TensorProto, helper, numpy_helper

    nodes, weights = [], []
    deviation = (2 / (CHANNELS * 9)) ** 0.5  # keeps the activations' size from rung to rung (He et al. 2015)
    dice = np.random.default_rng(0)
    for rung in range(rungs):
        kernel = dice.normal(0, deviation, (CHANNELS, CHANNELS, 3, 3)).astype(np.float32)
        weights.append(numpy_helper.from_array(kernel, f"kernel{rung}"))
        nodes += [
            helper.make_node("Conv", [f"rung{rung}" if rung else "x", f"kernel{rung}"], [f"sum{rung}"], pads=[1] * 4),
            helper.make_node("Relu", [f"sum{rung}"], [f"rung{rung + 1}"]),
        ]
    nodes.append(helper.make_node("GlobalAveragePool", [f"rung{rungs}"], ["mean"]))
    graph = helper.make_graph(
        nodes,
        "ladder",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, list(SHAPE))],
        [helper.make_tensor_value_info("mean", TensorProto.FLOAT, ["batch", CHANNELS, 1, 1])],
        weights,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
