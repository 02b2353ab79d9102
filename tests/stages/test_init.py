"""What `init` demands is what a model of this size and precision can be asked for."""

from pathlib import Path

import numpy as np
import onnx
import pytest
import yaml
from onnx import TensorProto, helper, numpy_helper

from edgeci.planning.starting_gates import WEIGHTS_DOMINATE_MB
from edgeci.stages.init import rendered
from edgeci.types import Concern
from tests.builders import assessment
from tests.stages.project_folder import edgeci, linear_model


def started(folder: Path) -> tuple[str, str]:
    """The preset, and the whole file."""
    done = edgeci(folder, "init", "model.onnx")
    assert done.code == 0, done.err
    written = (folder / "edgeci.yaml").read_text()
    assert edgeci(folder, "assess").code == 0, "what is written can be read"
    return yaml.safe_load(written)["gates"]["preset"], written


def large_model() -> bytes:
    columns = WEIGHTS_DOMINATE_MB * 10**6 // 16 + 1
    weights = numpy_helper.from_array(np.zeros((4, columns), np.float32), "weights")
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "weights"], ["scores"])],
        "wide",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 4])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["batch", columns])],
        [weights],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return bytes(model.SerializeToString())


def quantized_model() -> bytes:
    model = onnx.load_from_string(linear_model())
    graph = model.graph
    graph.initializer.extend(
        [numpy_helper.from_array(np.float32(0.1), "step"), numpy_helper.from_array(np.int8(0), "zero")]
    )
    graph.node[0].input[0] = "dequantized"
    graph.node.insert(0, helper.make_node("DequantizeLinear", ["quantized", "step", "zero"], ["dequantized"]))
    graph.node.insert(0, helper.make_node("QuantizeLinear", ["x", "step", "zero"], ["quantized"]))
    return bytes(model.SerializeToString())


def test_a_small_model_is_asked_for_its_size(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(linear_model())
    preset, written = started(tmp_path)
    assert preset == "course-small"
    assert "its size is judged, not its memory" in written


def test_a_model_whose_weights_dominate_is_asked_for_memory(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(large_model())
    preset, written = started(tmp_path)
    assert preset == "course"
    assert "which is most of the memory it takes" in written


def test_a_quantized_model_is_asked_for_nothing_that_it_cannot_give(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(quantized_model())
    preset, written = started(tmp_path)
    assert preset == "no-worse"
    assert "The model is quantized already" in written


@pytest.mark.parametrize("name", ["text", "embeddings"])
@pytest.mark.parametrize(("is_quantized", "rules"), [(True, {"regression"}), (False, {"speed-up", "reduction"})])
def test_other_kinds_are_not_asked_for_it_either(name: str, is_quantized: bool, rules: set[str]) -> None:
    concerns = (Concern(code="already-quantized", message="int4"),) if is_quantized else ()
    model = assessment(kind=name, concerns=concerns, architecture="llama")
    asked = yaml.safe_load(rendered(model, "model.gguf", Path()))["gates"]["rules"]
    assert {gate["rule"] for gate in asked} & {"speed-up", "reduction", "regression"} == rules
