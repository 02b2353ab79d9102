"""What follows an operator of the classical models is quantized like anything else."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from edgeci.backends.onnxruntime.backend import optimize
from edgeci.backends.onnxruntime.tensor_types import typed
from edgeci.evaluation.samples import Samples
from edgeci.types import DataSource, Recipe, Tensor

WIDTH = 16
ITEMS = np.random.default_rng(0).normal(size=(12, WIDTH)).astype(np.float32)


def scaled_product(path: Path) -> Path:
    """As skl2onnx writes a pipeline: a scaler of ai.onnx.ml, then products."""
    scaler = helper.make_node(
        "Scaler", ["x"], ["scaled"], domain="ai.onnx.ml", offset=[0.0] * WIDTH, scale=[1.0] * WIDTH
    )
    nodes = [scaler, helper.make_node("MatMul", ["scaled", "w"], ["y"]), helper.make_node("Relu", ["y"], ["z"])]
    weights = numpy_helper.from_array(np.random.default_rng(1).normal(size=(WIDTH, 64)).astype(np.float32), "w")
    graph = helper.make_graph(
        nodes,
        "pipeline",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", WIDTH])],
        [helper.make_tensor_value_info("z", TensorProto.FLOAT, ["N", 64])],
        [weights],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 1)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=9), path)
    return path


def test_every_tensor_gets_the_type_that_the_runtime_gives_it(tmp_path: Path) -> None:
    typed(scaled_product(tmp_path / "model.onnx"))
    known = {each.name: each.type.tensor_type.elem_type for each in onnx.load(tmp_path / "model.onnx").graph.value_info}
    assert known == {"scaled": TensorProto.FLOAT, "y": TensorProto.FLOAT}


@pytest.mark.parametrize("method", ["int8-static", "int8-dynamic"])
def test_products_behind_a_scaler_are_quantized(method: str, tmp_path: Path) -> None:
    model = scaled_product(tmp_path / "model.onnx")
    tensors = (Tensor(name="x", dtype="float32", shape=("N", WIDTH)),)
    samples = Samples({"x": ITEMS}, None, (), DataSource(path="items.npz"), tensors)
    (tmp_path / "made").mkdir()
    optimize(model, Recipe(backend="onnxruntime", method=method), samples, tmp_path / "made")
    made = next(path for path in (tmp_path / "made").iterdir() if path.suffix == ".onnx")
    assert {node.op_type for node in onnx.load(made).graph.node} & {"MatMulInteger", "DequantizeLinear"}
    assert made.stat().st_size < model.stat().st_size
