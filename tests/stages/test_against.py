"""A pull request is judged by the law of its base, on the base's data, with both models measured in the same run."""

import subprocess
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from edgeci.types import Change, Measurement, Verdict
from edgeci.workbench.project import workspace_at
from tests.stages.project_folder import CONFIG, Done, edgeci, small_project

pytestmark = pytest.mark.alone

LENIENT = (
    CONFIG.replace("[faulty]", "[onnxruntime]")
    .replace(
        "    - {rule: speed-up, metric: latency_cpu, limit: 1000}\n",
        "    - {rule: regression, metric: latency_cpu, limit: 0.5, against: base}\n"
        "    - {rule: retained, metric: accuracy, limit: 0.9, against: base}\n",
    )
    .replace("budget: {seconds: 1}", "budget: {seconds: 60}")
)
"""Measuring ends once its gates are decided: a second is too short for that where the machine is noisy."""


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=edgeci", "-c", "user.email=edgeci@example.org"]
    subprocess.run(["git", *identity, "-C", folder, *arguments], check=True, capture_output=True)


def repository(folder: Path) -> Path:
    """A committed project whose model is right on every item."""
    small_project(folder, config=LENIENT)
    scores = np.load(folder / "evaluation.npz")["x"] @ np.arange(12, dtype=np.float32).reshape(4, 3)
    relabel(folder, scores.argmax(1))
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "base")
    return folder


def relabel(folder: Path, labels: np.ndarray) -> None:
    items = np.load(folder / "evaluation.npz")["x"]
    np.savez(folder / "evaluation.npz", x=items, labels=labels)


def worsen(folder: Path) -> None:
    """The change under review: a model whose classes are turned round."""
    model = onnx.load(folder / "model.onnx")
    turned = np.arange(12, dtype=np.float32).reshape(4, 3)[:, ::-1].copy()
    model.graph.initializer[0].CopyFrom(numpy_helper.from_array(turned, "weights"))
    onnx.save(model, folder / "model.onnx")


def judged(folder: Path) -> Done:
    return edgeci(folder, "run", "--against", "HEAD")


def verdicts(folder: Path) -> dict[str, str]:
    records = workspace_at(folder / ".edgeci").read("verdicts", Verdict, "gate")
    return {f"{verdict.gate.metric} {verdict.gate.rule} {verdict.gate.against}": verdict.outcome for verdict in records}


@pytest.mark.slow
def test_an_unchanged_model_passes_against_itself(tmp_path: Path) -> None:
    repository(tmp_path)
    done = judged(tmp_path)
    assert done.code == 0, done.err
    assert verdicts(tmp_path)["latency_cpu regression base"] == "passed"


@pytest.mark.slow
def test_a_worse_model_fails_against_the_base(tmp_path: Path) -> None:
    repository(tmp_path)
    worsen(tmp_path)
    assert judged(tmp_path).code == 1
    assert verdicts(tmp_path)["accuracy retained base"] == "failed"


@pytest.mark.slow
def test_labels_that_suit_the_worse_model_do_not_count(tmp_path: Path) -> None:
    repository(tmp_path)
    worsen(tmp_path)
    relabel(tmp_path, 2 - np.load(tmp_path / "evaluation.npz")["labels"])
    assert judged(tmp_path).code == 1
    assert verdicts(tmp_path)["accuracy retained base"] == "failed"


@pytest.mark.slow
def test_a_lowered_gate_is_reported_and_does_not_count(tmp_path: Path) -> None:
    repository(tmp_path)
    worsen(tmp_path)
    config = tmp_path / "edgeci.yaml"
    config.write_text(config.read_text().replace("limit: 0.9,", "limit: 0.01,"))
    done = judged(tmp_path)
    assert done.code == 1
    assert "does not count: gates.rules.2.limit is 0.9 at HEAD, 0.01 here" in done.err
    (change,) = workspace_at(tmp_path / ".edgeci").read("changes", Change, "run")
    assert change == Change(key="gates.rules.2.limit", base="0.9", here="0.01")
    for report in ("report.md", "report.html"):
        assert "gates.rules.2.limit" in (tmp_path / ".edgeci" / report).read_text()


@pytest.mark.slow
def test_base_and_change_are_measured_in_the_same_rounds(tmp_path: Path) -> None:
    repository(tmp_path)
    judged(tmp_path)
    measurements = workspace_at(tmp_path / ".edgeci").read("measurements", Measurement, "benchmark")
    timed = [measurement for measurement in measurements if measurement.metric == "latency_cpu"]
    assert {measurement.against for measurement in timed} == {"unoptimized", "base"}
    assert all(len(measurement.samples) == len(measurement.reference) >= 12 for measurement in timed)


def test_gates_against_the_base_without_a_base_are_a_mistake(tmp_path: Path) -> None:
    repository(tmp_path)
    done = edgeci(tmp_path, "run")
    assert done.code == 2
    assert "edgeci.yaml:12: latency_cpu regression compares with the base; use `--against REF`" in done.err


@pytest.mark.parametrize("reference", ["no-such-branch", "--output=x", "HEAD:edgeci.yaml"])
def test_a_reference_that_is_no_commit_is_a_mistake(tmp_path: Path, reference: str) -> None:
    repository(tmp_path)
    done = edgeci(tmp_path, "run", f"--against={reference}")
    assert done.code == 2
    assert "no such commit" in done.err or "no name of a commit" in done.err


@pytest.mark.slow
def test_a_release_is_a_baseline_too(tmp_path: Path) -> None:
    repository(tmp_path)
    assert judged(tmp_path).code == 0
    (tmp_path / "released").mkdir()
    (tmp_path / ".edgeci" / "release" / "cpu").rename(tmp_path / "released" / "cpu")
    config = tmp_path / "edgeci.yaml"
    config.write_text(config.read_text().replace("against: base", "against: release"))
    worsen(tmp_path)
    done = edgeci(tmp_path, "run", "--against", "released/cpu")
    assert done.code == 1, done.err
    assert verdicts(tmp_path)["accuracy retained release"] == "failed"


@pytest.mark.slow
def test_a_bundle_with_a_changed_byte_is_no_baseline(tmp_path: Path) -> None:
    repository(tmp_path)
    judged(tmp_path)
    model = tmp_path / ".edgeci" / "release" / "cpu" / "model" / "model.onnx"
    model.write_bytes(model.read_bytes()[:-1] + b"x")
    assert edgeci(tmp_path, "run", "--against", ".edgeci/release/cpu").code == 7
