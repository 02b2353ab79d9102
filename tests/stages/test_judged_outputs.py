"""What people's models and data really look like is judged as it is meant, or refused before anything is made."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper

from tests.stages.project_folder import Done, complaint, edgeci

CONFIG = """\
model: model.onnx
data: {evaluation: {path: evaluation.npz}, calibration: {path: calibration.npz}}
targets: [{name: cpu, backends: [onnxruntime]}]
propose: false
recipes:
  - {backend: onnxruntime, method: int8-static}
gates: {rules: [{rule: at-least, metric: METRIC, limit: 0.9}]}
metric: METRIC
"""
FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64
ITEMS = np.random.default_rng(0).normal(size=(100, 16)).astype(np.float32)
W1, W2 = (np.random.default_rng(seed).normal(size=shape).astype(np.float32) / 4
          for seed, shape in ((1, (16, 32)), (3, (32, 4))))  # fmt: skip
HIDDEN = np.maximum(ITEMS @ W1, 0)
LOGITS = HIDDEN @ W2
CLASSES = LOGITS.argmax(axis=1)
NODES = (
    helper.make_node("MatMul", ["x", "w1"], ["a"]),
    helper.make_node("Relu", ["a"], ["features"]),
    helper.make_node("MatMul", ["features", "w2"], ["logits"]),
)
FEATURES_OUT = helper.make_tensor_value_info("features", FLOAT, ["N", 32])
LOGITS_OUT = helper.make_tensor_value_info("logits", FLOAT, ["N", 4])


def learning(operator: str, given: str, made: str, **attributes: Any) -> NodeProto:
    """An operator of the classical models."""
    return helper.make_node(operator, [given], [made], domain="ai.onnx.ml", **attributes)


def project(
    folder: Path,
    nodes: Sequence[NodeProto] = (),
    outputs: Sequence[ValueInfoProto] = (LOGITS_OUT,),
    labels: Any = CLASSES,
    config: str = "",
    metric: str = "accuracy",
    constants: dict[str, Any] | None = None,
    batch: int | str = "N",
) -> Path:
    """A perceptron of 16 inputs and 4 classes, and whatever follows it."""
    weights = {"w1": W1, "w2": W2, **(constants or {})}
    graph = helper.make_graph(
        [*NODES, *nodes],
        "perceptron",
        [helper.make_tensor_value_info("x", FLOAT, [batch, 16])],
        list(outputs),
        [numpy_helper.from_array(np.asarray(values), name) for name, values in weights.items()],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 1)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=9), folder / "model.onnx")
    np.savez(folder / "evaluation.npz", x=ITEMS, labels=labels)
    np.savez(folder / "calibration.npz", x=np.random.default_rng(5).normal(size=(20, 16)).astype(np.float32))
    (folder / "edgeci.yaml").write_text(CONFIG.replace("METRIC", metric) + config)
    return folder


def done(folder: Path, *verbs: str) -> Done:
    """The verbs one after the other; all but the last must work."""
    *before, last = ("assess", "plan", *verbs)
    for verb in before:
        ended = edgeci(folder, verb)
        assert ended.code == 0, ended.err
    return edgeci(folder, last)


def optimized(folder: Path) -> Done:
    return done(folder, "optimize")


def accuracy(folder: Path) -> float:
    """What the baseline gets right, by the verdicts' own numbers."""
    ended = done(folder, "optimize", "benchmark", "gate")
    assert ended.code in (0, 1, 3), ended.err
    verdicts = edgeci(folder, "gate", "--json").records
    return max(verdict["value"] for verdict in verdicts if "as-is" in verdict["candidate"])


def test_logits_beside_features_are_judged_and_it_is_said(tmp_path: Path) -> None:
    folder = project(tmp_path, outputs=(FEATURES_OUT, LOGITS_OUT))
    planned = done(folder)
    assert "accuracy is taken of the output 'logits'" in planned.err
    assert accuracy(folder) == 1


def test_outputs_that_could_both_be_meant_are_asked_about_at_plan(tmp_path: Path) -> None:
    other = helper.make_tensor_value_info("a", FLOAT, ["N", 32])
    folder = project(tmp_path, outputs=(other, FEATURES_OUT))
    said = complaint(done(folder), 2)
    assert "edgeci.yaml:8:1: accuracy could be taken of 'a' (Nx32 float32), 'features' (Nx32 float32)" in said
    assert "output: a" in said


def test_a_second_output_that_is_lost_is_no_candidate(tmp_path: Path) -> None:
    """The difference of two large numbers is what eight bits break."""
    confidence = helper.make_tensor_value_info("confidence", FLOAT, ["N", 1])
    nodes = [
        helper.make_node("MatMul", ["features", "w3"], ["t"]),
        helper.make_node("Add", ["t", "large"], ["u"]),
        helper.make_node("MatMul", ["u", "difference"], ["confidence"]),
    ]
    constants = {
        "w3": np.random.default_rng(3).normal(size=(32, 2)).astype(np.float32),
        "large": np.float32([5000, 5000]),
        "difference": np.float32([[1], [-1]]),
    }
    folder = project(tmp_path, nodes, (LOGITS_OUT, confidence), constants=constants)
    ended = optimized(folder)
    assert ended.code == 0
    assert "int8-static: skipped: its output 1 no longer follows the source's" in ended.err


def test_one_logit_is_decided_at_zero(tmp_path: Path) -> None:
    nodes = [helper.make_node("MatMul", ["features", "w3"], ["logit"])]
    w3 = np.random.default_rng(3).normal(size=(32, 1)).astype(np.float32)
    logits = HIDDEN @ w3
    shifted = logits - np.median(logits)
    nodes.append(helper.make_node("Add", ["logit", "shift"], ["score"]))
    folder = project(
        tmp_path,
        nodes,
        [helper.make_tensor_value_info("score", FLOAT, ["N", 1])],
        labels=(shifted[:, 0] > 0).astype(int),
        constants={"w3": w3, "shift": np.float32([-np.median(logits)])},
    )
    assert accuracy(folder) == 1


def test_scikit_learns_label_is_the_class(tmp_path: Path) -> None:
    maps = helper.make_sequence_type_proto(
        helper.make_map_type_proto(INT64, helper.make_tensor_type_proto(FLOAT, None))
    )
    nodes = [
        helper.make_node("ArgMax", ["logits"], ["output_label"], axis=1, keepdims=0),
        helper.make_node("Softmax", ["logits"], ["shares"]),
        learning("ZipMap", "shares", "output_probability", classlabels_int64s=range(4)),
    ]
    outputs = [
        helper.make_tensor_value_info("output_label", INT64, ["N"]),
        helper.make_value_info("output_probability", maps),
    ]
    folder = project(tmp_path, nodes, outputs)
    assert accuracy(folder) == 1


def test_names_are_compared_with_names(tmp_path: Path) -> None:
    names = ["ant", "bee", "cat", "dog"]
    nodes = [
        helper.make_node("ArgMax", ["logits"], ["id"], axis=1, keepdims=0),
        learning("LabelEncoder", "id", "name", keys_int64s=range(4), values_strings=names),
    ]
    folder = project(
        tmp_path,
        nodes,
        [helper.make_tensor_value_info("name", TensorProto.STRING, ["N"])],
        labels=np.array(names)[CLASSES],
    )
    (folder / "model.onnx").write_bytes(with_encoder(folder / "model.onnx"))
    assert accuracy(folder) == 1


def with_encoder(path: Path) -> bytes:
    """LabelEncoder takes lists since version 2 of its domain."""
    model = onnx.load(path)
    for entry in model.opset_import:
        if entry.domain == "ai.onnx.ml":
            entry.version = 2
    return bytes(model.SerializeToString())


def test_a_fixed_batch_judges_each_of_its_items(tmp_path: Path) -> None:
    folder = project(tmp_path, outputs=[helper.make_tensor_value_info("logits", FLOAT, [8, 4])], batch=8)
    assert accuracy(folder) == 1


def test_a_masked_class_is_legal_where_the_source_masks_it(tmp_path: Path) -> None:
    nodes = [helper.make_node("Add", ["logits", "mask"], ["scores"])]
    mask = np.float32([0, 0, 0, -np.inf])
    folder = project(
        tmp_path,
        nodes,
        [helper.make_tensor_value_info("scores", FLOAT, ["N", 4])],
        labels=LOGITS[:, :3].argmax(axis=1),
        constants={"mask": mask},
    )
    assert accuracy(folder) == 1


def test_a_model_that_draws_numbers_is_told_as_such(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("RandomNormalLike", ["logits"], ["noise"]),
        helper.make_node("Add", ["logits", "noise"], ["noisy"]),
    ]
    folder = project(tmp_path, nodes, [helper.make_tensor_value_info("noisy", FLOAT, ["N", 4])])
    assert "answers the same item differently each time" in complaint(optimized(folder), 2)


def test_labels_that_begin_with_one_are_told_before_anything_is_made(tmp_path: Path) -> None:
    said = complaint(optimized(project(tmp_path, labels=CLASSES + 1)), 2)
    assert "labels go from 1 to 4, the model's 4 classes from 0 to 3; they seem to begin with 1: subtract 1" in said


def test_names_without_a_class_map_are_refused_where_the_model_gives_scores(tmp_path: Path) -> None:
    said = complaint(optimized(project(tmp_path, labels=np.array(list("abcd"))[CLASSES])), 2)
    assert "say which name is which class (`classes`)" in said


def test_names_with_a_class_map_are_judged(tmp_path: Path) -> None:
    folder = project(tmp_path, labels=np.array(["d", "c", "b", "a"])[CLASSES])
    (folder / "classes.txt").write_text("d\nc\nb\na\n")
    config = (folder / "edgeci.yaml").read_text()
    (folder / "edgeci.yaml").write_text(
        config.replace("{path: evaluation.npz}", "{path: evaluation.npz, classes: classes.txt}")
    )
    assert accuracy(folder) == 1


def test_missing_values_are_told_by_item_and_place(tmp_path: Path) -> None:
    folder = project(tmp_path)
    items = ITEMS.copy()
    items[7, 3] = np.nan
    np.savez(folder / "evaluation.npz", x=items, labels=CLASSES)
    assert "evaluation.npz: item 7, input 'x' at 3 is nan" in complaint(done(folder), 2)


def test_a_mask_for_each_item_is_no_class(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Unsqueeze", ["logits", "axes"], ["wide"]),
        helper.make_node("Concat", ["wide", "wide"], ["twice"], axis=2),
    ]
    folder = project(
        tmp_path,
        nodes,
        [helper.make_tensor_value_info("twice", FLOAT, ["N", 4, 2])],
        constants={"axes": np.array([2], np.int64)},
        metric="agreement",
    )
    assert "agreement wants one class an item" in complaint(done(folder), 2)


def test_labels_that_begin_with_1_are_told_in_the_verdict_of_a_model_that_answers_ids(tmp_path: Path) -> None:
    """How many classes such a model has is in no output, so only the answers tell."""
    folder = project(
        tmp_path,
        [helper.make_node("ArgMax", ["logits"], ["id"], axis=1, keepdims=0)],
        [helper.make_tensor_value_info("id", INT64, ["N"])],
        labels=CLASSES + 1,
    )
    assert done(folder, "optimize", "benchmark", "gate").code == 1
    reasons = {verdict["reason"] for verdict in edgeci(folder, "gate", "--json").records}
    assert all("so the labels seem to begin with 1: subtract 1" in reason for reason in reasons), reasons
