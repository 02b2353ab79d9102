"""Bad input is one clear line with a remedy and its own exit code; never a traceback."""

import os
import pickle
import subprocess
import zipfile
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from tests.stages.project_folder import CONFIG, Done, complaint, edgeci, linear_model, small_project

RUNNABLE = CONFIG.replace("[faulty]", "[onnxruntime]").replace("timeout_seconds: 60", "timeout_seconds: 6")


def assessed(folder: Path) -> Done:
    return edgeci(folder, "assess")


def test_a_missing_model_is_a_mistake_in_the_configuration(tmp_path: Path) -> None:
    small_project(tmp_path)
    (tmp_path / "model.onnx").unlink()
    assert "not there; set `model` in edgeci.yaml" in complaint(assessed(tmp_path), 2)


def test_no_configuration_names_init(tmp_path: Path) -> None:
    assert "edgeci init MODEL" in complaint(assessed(tmp_path), 2)


def damaged(kind: str) -> bytes:
    match kind:
        case "empty":
            return b""
        case "text":
            return b"this is not a model\n" * 20
        case "truncated":
            return linear_model()[:60]
        case "pickle":
            return pickle.dumps({"weights": [1, 2, 3]}, protocol=4)
        case "random":
            return np.random.default_rng(0).bytes(5000)
        case "git-lfs":
            return b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n"
    raise KeyError(kind)


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("empty", "empty file"),
        ("text", "text, not a model"),
        ("truncated", "not an ONNX model"),
        ("pickle", "a Python pickle, which runs code"),
        ("random", "not an ONNX model"),
        ("git-lfs", "a Git LFS pointer, not the file itself; run `git lfs pull`"),
    ],
)
def test_a_file_that_is_no_model_is_rejected(tmp_path: Path, kind: str, message: str) -> None:
    small_project(tmp_path)
    (tmp_path / "model.onnx").write_bytes(damaged(kind))
    assert message in complaint(assessed(tmp_path), 7)


def test_a_torch_checkpoint_is_rejected(tmp_path: Path) -> None:
    small_project(tmp_path)
    with zipfile.ZipFile(tmp_path / "model.onnx", "w") as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02.")
    assert "a zip archive (a PyTorch checkpoint?)" in complaint(assessed(tmp_path), 7)


def test_a_link_to_a_model_is_rejected(tmp_path: Path) -> None:
    small_project(tmp_path)
    (tmp_path / "model.onnx").rename(tmp_path / "elsewhere.onnx")
    (tmp_path / "model.onnx").symlink_to("elsewhere.onnx")
    assert "a symbolic link" in complaint(assessed(tmp_path), 7)


@pytest.mark.parametrize("location", ["../secret", "/etc/hostname", "*/_ORT_MEM_ADDR_/*", ""])
def test_external_data_outside_the_folder_is_rejected(tmp_path: Path, location: str) -> None:
    small_project(tmp_path)
    model = onnx.load_from_string(linear_model())
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=location)
    (tmp_path / "model.onnx").write_bytes(model.SerializeToString())
    assert "outside the model's folder" in complaint(assessed(tmp_path), 7)


def test_names_in_a_model_cannot_forge_log_commands(tmp_path: Path) -> None:
    small_project(tmp_path)
    config = tmp_path / "edgeci.yaml"
    config.write_text(config.read_text().replace("model: model.onnx", 'model: "x\\n::error::forged\\u001b[2J"'))
    done = edgeci(tmp_path, "assess")
    assert done.code == 2
    assert not any(line.startswith("::error::forged") for line in done.err.splitlines())
    assert "\x1b" not in done.err


def custom_operator() -> bytes:
    model = onnx.load_from_string(linear_model())
    model.graph.node[0].op_type, model.graph.node[0].domain = "Teleport", "com.acme"
    model.opset_import.add(domain="com.acme", version=1)
    return bytes(model.SerializeToString())


def nan_weights() -> bytes:
    model = onnx.load_from_string(linear_model())
    model.graph.initializer[0].CopyFrom(numpy_helper.from_array(np.full((4, 3), np.nan, np.float32), "weights"))
    return bytes(model.SerializeToString())


def endless_loop() -> bytes:
    """A Loop whose condition never turns false and whose trip count is 2**62."""
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["condition_in"], ["condition_out"]),
            helper.make_node("Identity", ["value_in"], ["value_out"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("iteration", TensorProto.INT64, []),
            helper.make_tensor_value_info("condition_in", TensorProto.BOOL, []),
            helper.make_tensor_value_info("value_in", TensorProto.FLOAT, None),
        ],
        [
            helper.make_tensor_value_info("condition_out", TensorProto.BOOL, []),
            helper.make_tensor_value_info("value_out", TensorProto.FLOAT, None),
        ],
    )
    graph = helper.make_graph(
        [helper.make_node("Loop", ["trips", "forever", "x"], ["scores"], body=body)],
        "endless",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 4])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["batch", 4])],
        [numpy_helper.from_array(np.int64(2**62), "trips"), numpy_helper.from_array(np.bool_(True), "forever")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return bytes(model.SerializeToString())


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (custom_operator, "Teleport"),
        (nan_weights, "NaN or infinity"),
        (endless_loop, "no answer within 6 s, stopped"),
    ],
)
def test_a_model_that_cannot_work_is_a_backend_failure(tmp_path: Path, model, message: str) -> None:
    small_project(tmp_path, config=RUNNABLE)
    (tmp_path / "model.onnx").write_bytes(model())
    said = complaint(edgeci(tmp_path, "run"), 6)
    assert "the unoptimized model does not work" in said
    assert message in said


def test_a_custom_operator_is_a_concern_before_anything_is_tried(tmp_path: Path) -> None:
    small_project(tmp_path)
    (tmp_path / "model.onnx").write_bytes(custom_operator())
    done = edgeci(tmp_path, "assess", "--json")
    assert [concern["code"] for concern in done.records[0]["concerns"]] == ["custom-operator"]


def planned(folder: Path) -> Done:
    assert edgeci(folder, "assess").code == 0
    return edgeci(folder, "plan")


def test_labels_of_another_length_are_refused(tmp_path: Path) -> None:
    small_project(tmp_path)
    np.savez(tmp_path / "evaluation.npz", x=np.zeros((10, 4), np.float32), labels=np.zeros(9, int))
    assert "9 labels for 10 items" in complaint(planned(tmp_path), 2)


def test_no_labels_names_the_metric_that_needs_none(tmp_path: Path) -> None:
    small_project(tmp_path)
    np.savez(tmp_path / "evaluation.npz", x=np.zeros((10, 4), np.float32))
    assert "only agreement, kl_divergence and cosine_distance" in complaint(planned(tmp_path), 2)


def test_an_empty_evaluation_set_is_refused(tmp_path: Path) -> None:
    small_project(tmp_path)
    np.savez(tmp_path / "evaluation.npz", x=np.zeros((0, 4), np.float32), labels=np.zeros(0, int))
    assert "no items" in complaint(planned(tmp_path), 2)


def test_items_of_another_shape_are_refused(tmp_path: Path) -> None:
    small_project(tmp_path)
    np.savez(tmp_path / "evaluation.npz", x=np.zeros((10, 5), np.float32), labels=np.zeros(10, int))
    assert "input 'x' takes batchx4, an item has 1x5" in complaint(planned(tmp_path), 2)


def test_calibration_on_evaluation_items_is_refused(tmp_path: Path) -> None:
    small_project(tmp_path)
    judging = np.load(tmp_path / "evaluation.npz")["x"]
    other = np.ones((3, 4), np.float32)
    np.savez(tmp_path / "calibration.npz", x=np.concatenate([other, judging[:2]]))
    said = complaint(planned(tmp_path), 2)
    assert "2 of 5 calibration items are evaluation items too (first: item 3)" in said


def test_a_pickle_in_the_data_is_rejected(tmp_path: Path) -> None:
    small_project(tmp_path)
    np.savez(tmp_path / "evaluation.npz", x=np.array([{"a": 1}], dtype=object), labels=np.zeros(1, int))
    assert "not a readable npz of plain arrays" in complaint(planned(tmp_path), 7)


def test_an_unknown_method_names_its_line_and_the_known_ones(tmp_path: Path) -> None:
    small_project(tmp_path, "recipes:\n  - {backend: onnxruntime, method: int3}\n", RUNNABLE)
    assert edgeci(tmp_path, "assess").code == 0
    said = complaint(edgeci(tmp_path, "plan"), 2)
    assert "edgeci.yaml:16:5: onnxruntime has no method 'int3'" in said


def test_a_verb_before_its_turn_names_the_one_to_run(tmp_path: Path) -> None:
    small_project(tmp_path)
    for verb, before in (("plan", "assess"), ("optimize", "assess"), ("benchmark", "assess"), ("gate", "assess")):
        assert f"run `edgeci {before}` first" in complaint(edgeci(tmp_path, verb), 8)


def test_a_model_changed_after_assessment_is_noticed(tmp_path: Path) -> None:
    small_project(tmp_path)
    for verb in ("assess", "plan"):
        assert edgeci(tmp_path, verb).code == 0
    (tmp_path / "model.onnx").write_bytes(nan_weights())
    assert "changed since it was assessed" in complaint(edgeci(tmp_path, "optimize"), 8)


def mounted(folder: Path, options: str) -> None:
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        pytest.skip(f"a tmpfs cannot be mounted here: {done.stderr.strip()}")


@pytest.mark.parametrize(
    ("options", "message"), [("ro", "the file system is read-only"), ("size=32k", "the disk is full")]
)
def test_a_workspace_that_cannot_be_written_names_the_remedy(tmp_path: Path, options: str, message: str) -> None:
    small_project(tmp_path)
    (tmp_path / "disk").mkdir()
    mounted(tmp_path / "disk", options)
    try:
        done = edgeci(tmp_path, "run", "--workspace", "disk")
        assert message in complaint(done, 8)
    finally:
        subprocess.run(["umount", tmp_path / "disk"], check=True)


def test_a_file_where_the_workspace_should_be_is_named(tmp_path: Path) -> None:
    small_project(tmp_path)
    (tmp_path / "taken").write_text("")
    done = edgeci(tmp_path, "assess", EDGECI_ASSESS_WORKSPACE="taken/inside")
    assert "a file is in the way" in complaint(done, 8)


def test_a_bundle_that_is_not_there_is_not_verified(tmp_path: Path) -> None:
    assert edgeci(tmp_path, "verify", "nowhere").code in (2, 7)
    assert os.listdir(tmp_path) == []
