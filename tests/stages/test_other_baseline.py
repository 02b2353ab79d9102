"""The first backend does not know the model: the next one gives the baseline, and no wrong recipe ends the others."""

import json
from pathlib import Path

import numpy as np
import pytest

from edgeci.types import Candidate, Measurement, Planned, Skipped
from edgeci.workbench.project import workspace_at
from tests.models import onnx_models as models
from tests.models.onnx_models import saved
from tests.stages.project_folder import CONFIG, Done, complaint, edgeci, recipe, small_project

ONNX = """\
model: model.onnx
data:
  evaluation: {path: evaluation.npz}
  calibration: {path: calibration.npz}
targets:
  - name: cpu
    backends: [openvino, onnxruntime]
propose: false
recipes:
  - {backend: openvino, method: int8-ptq}
  - {backend: onnxruntime, method: int8-static, options: {nodes_to_exclude: [nobody]}}
  - {backend: onnxruntime, method: int8-dynamic}
gates:
  rules: [{rule: retained, metric: accuracy, limit: 0.5}]
budget: {seconds: 1}
"""


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Done]:
    folder = tmp_path_factory.mktemp("unknown-operator")
    saved(models.runtimes_own(), folder)
    generator = np.random.default_rng(0)
    weights = [models.weights(64, 96), models.weights(96, 10, seed=1)]
    items = generator.standard_normal((80, 64)).astype(np.float32)
    np.savez(folder / "evaluation.npz", x=items, labels=(items @ weights[0] @ weights[1]).argmax(1))
    np.savez(folder / "calibration.npz", x=generator.standard_normal((20, 64)).astype(np.float32))
    (folder / "edgeci.yaml").write_text(ONNX)
    for verb in ("assess", "plan"):
        assert edgeci(folder, verb).code == 0
    return folder, edgeci(folder, "optimize")


def test_the_next_backend_gives_the_baseline_and_it_is_said(tried: tuple[Path, Done]) -> None:
    folder, done = tried
    assert done.code == 0, done.err
    assert "cpu: openvino does not run the model as it is, so the baseline is onnxruntime as-is" in done.err
    first = workspace_at(folder / ".edgeci").read("plan", Planned, "plan")[0].recipe
    assert (first.backend, first.method) == ("onnxruntime", "as-is")


def test_what_ends_a_recipe_does_not_end_the_others(tried: tuple[Path, Done]) -> None:
    folder, _ = tried
    made = workspace_at(folder / ".edgeci").read("candidates", Candidate, "optimize")
    assert [candidate.recipe.title for candidate in made] == ["onnxruntime as-is", "onnxruntime int8-dynamic"]
    reasons = {each.recipe.title: each.reason for each in skipped(folder)}
    assert "edgeci.yaml:11:5: nodes_to_exclude: the model has no node 'nobody'" in reasons["onnxruntime int8-static"]
    assert "does not run this model; openvino as-is says why" in reasons["openvino int8-ptq"]
    assert "SampleOp" in reasons["openvino as-is"]


def skipped(folder: Path) -> list[Skipped]:
    return workspace_at(folder / ".edgeci").read("skipped", Skipped, "optimize")


def test_the_others_are_compared_with_that_baseline(tried: tuple[Path, Done]) -> None:
    folder, _ = tried
    assert edgeci(folder, "benchmark").code == 0
    measured = workspace_at(folder / ".edgeci").read("measurements", Measurement, "benchmark")
    assert {measurement.baseline.rsplit("-", 1)[0] for measurement in measured if measurement.baseline} == {
        "onnxruntime-as-is"
    }


def test_a_second_run_starts_with_that_baseline(tried: tuple[Path, Done]) -> None:
    folder, _ = tried
    again = edgeci(folder, "optimize")
    assert again.code == 0
    assert "[1/5] onnxruntime as-is" in again.err and "(from an earlier run)" in again.err


def test_where_no_backend_runs_the_model_nothing_can_be_compared(tmp_path: Path) -> None:
    small_project(tmp_path, config=CONFIG.replace("[faulty]", "[openvino, onnxruntime]"))
    saved(models.custom_operator(), tmp_path)
    np.savez(tmp_path / "evaluation.npz", x=np.zeros((80, 64), np.float32), labels=np.zeros(80, np.int64))
    np.savez(tmp_path / "calibration.npz", x=np.ones((8, 64), np.float32))
    for verb in ("assess", "plan"):
        assert edgeci(tmp_path, verb).code == 0
    said = complaint(edgeci(tmp_path, "optimize"), 6)
    assert "target cpu: the unoptimized model does not work: " in said and "onnxruntime" in said


def test_a_backend_that_the_format_does_not_suit_leaves_the_baseline_to_the_next(tmp_path: Path) -> None:
    small_project(tmp_path, recipe("slow"), CONFIG.replace("[faulty]", "[llama_cpp, faulty]"))
    assert edgeci(tmp_path, "assess").code == 0
    planned = edgeci(tmp_path, "plan", "--json")
    assert planned.code == 0, planned.err
    assert "cpu: the baseline is faulty as-is, because llama_cpp cannot give it: there is no route" in planned.err
    assert [each["recipe"]["method"] for each in json.loads(planned.out)["records"]] == ["as-is", "slow"]
    assert edgeci(tmp_path, "optimize").code == 0


def test_what_searches_is_tried_last(tmp_path: Path) -> None:
    saved(models.linear(), tmp_path)
    config = ONNX.replace("propose: false\n", "").replace("int8-ptq", "int8-accuracy-control")
    np.savez(tmp_path / "evaluation.npz", x=np.zeros((8, 64), np.float32), labels=np.zeros(8, np.int64))
    np.savez(tmp_path / "calibration.npz", x=np.ones((8, 64), np.float32), labels=np.zeros(8, np.int64))
    (tmp_path / "edgeci.yaml").write_text(config)
    assert edgeci(tmp_path, "assess").code == 0
    planned = edgeci(tmp_path, "plan", "--json")
    assert planned.code == 0, planned.err
    methods = [each["recipe"]["method"] for each in json.loads(planned.out)["records"]]
    assert methods[0] == "as-is"
    assert set(methods[-2:]) == {"int8-accuracy-control", "int8-mixed"}
