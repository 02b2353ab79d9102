"""The workflows that users copy, run for real: the action is installed from its ref, gates a model, fails the job."""

import json
import re
import shutil
from pathlib import Path

import onnx
import pytest
from onnx import numpy_helper

from tests.actions.act import ROOT, Ran, Workshop
from tests.stages.pull_request import commit, git

pytestmark = [pytest.mark.slow, pytest.mark.alone]

PULL_REQUEST = ROOT / "examples/workflows/pull-request.yml"
FLEET = ROOT / "examples/workflows/fleet.yml"
GOOD = """\
recipes:
  - backend: onnxruntime
    method: int8-static
    label: int8, calibrated
"""
BAD = """\
recipes:
  - backend: onnxruntime
    method: int8-static
    label: int8, calibrated on unscaled images
    calibration:
      path: calibration.npz
"""
GATES = """\
budget: {seconds: 15, launches: 2}
gates:
  rules:
    - {rule: retained, metric: accuracy, limit: 0.95}
    - {rule: speed-up, metric: latency_cpu, limit: 1.2}
"""
AGAINST_THE_BASE = """\
    - {rule: retained, metric: accuracy, limit: 0.95, against: base}
    - {rule: regression, metric: latency_cpu, limit: 0.5, against: base}
"""
ACTION = "Optimize, measure and judge the model"


def example(folder: Path, recipes: str, gates: str = GATES + AGAINST_THE_BASE) -> Path:
    """The packaged example with other recipes and gates that a noisy machine can decide."""
    shutil.copytree(ROOT / "edgeci/quickstart", folder)
    config = folder / "edgeci.yaml"
    config.write_text(re.sub(r"(?s)^recipes:.*", "", config.read_text(), flags=re.MULTILINE) + recipes + "\n" + gates)
    return folder


def turn_round(path: Path) -> None:
    """The model names the last class where it named the first."""
    model = onnx.load(path)
    weights, bias = (each for each in model.graph.initializer if each.name in model.graph.node[-1].input)
    for each in (weights, bias):
        each.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(each)[::-1].copy(), each.name))
    onnx.save(model, path)


@pytest.fixture(scope="module")
def workshop(tmp_path_factory):
    shop = Workshop(tmp_path_factory.mktemp("workshop"))
    shop.prepare()
    return shop


@pytest.fixture(scope="module")
def good(workshop) -> Ran:
    return workshop.run(example(workshop.folder / "good", GOOD), PULL_REQUEST, "pull_request")


@pytest.fixture(scope="module")
def bad(workshop, good) -> Ran:
    return workshop.run(example(workshop.folder / "bad", BAD), PULL_REQUEST, "pull_request")


@pytest.fixture(scope="module")
def lowered(workshop, good) -> Ran:
    """A change that turns the model's classes round and asks less of it."""
    folder = example(workshop.folder / "lowered", GOOD)
    git(folder, "init", "--quiet")
    based_on = commit(folder, "base")
    turn_round(folder / "model.onnx")
    config = folder / "edgeci.yaml"
    config.write_text(re.sub(r"limit: [\d.]+", "limit: 0.01", config.read_text()))
    return workshop.run(folder, PULL_REQUEST, "pull_request", based_on)


@pytest.fixture(scope="module")
def broken(workshop, good) -> Ran:
    return workshop.run(example(workshop.folder / "broken", "recipies: []"), PULL_REQUEST, "pull_request")


@pytest.fixture(scope="module")
def fleet(workshop, good) -> Ran:
    hurried = GATES.replace("seconds: 15, launches: 2", "seconds: 1, launches: 1")
    return workshop.run(example(workshop.folder / "fleet", "recipes: []", hurried), FLEET, "workflow_dispatch")


def test_a_good_model_passes_the_job(good):
    assert good.jobs == {"model/gate": "success"}, good.log
    assert good.code == 0


def test_the_workflow_sees_the_outputs(good):
    outputs = good.outputs("edgeci")
    assert (outputs["outcome"], outputs["exit-code"]) == ("passed", "0")
    assert json.loads(outputs["winners"])["this-machine"].startswith("onnxruntime-int8-static-")
    assert json.loads(outputs["releases"]) == {"this-machine": ".edgeci/release/this-machine"}


def test_the_summary_shows_the_table(good):
    assert "edgeci: ✅" in good.summary
    assert re.search(r"^\| .*int8, calibrated.*\|$", good.summary, re.MULTILINE)


def test_the_action_was_installed_from_its_ref_with_an_environment_of_its_own(good, workshop):
    assert "LocalRepositoryCache matched https://github.com/edgeci/edgeci with ref v1" in good.log
    assert "making its environment" in good.log
    [marker] = (workshop.folder / "runner").glob("tool_cache/edgeci/*/.complete")
    assert not list(marker.parent.glob("lib/python*/site-packages/edgeci"))
    assert list(marker.parent.glob("lib/python*/site-packages/edgeci-*.dist-info/entry_points.txt"))


def test_the_next_job_finds_the_environment(bad):
    assert "found its environment" in bad.log
    assert "making its environment" not in bad.log


def test_a_model_that_forgot_what_it_learned_fails_the_job(bad):
    assert bad.jobs == {"model/gate": "failure"}, bad.log
    assert bad.code != 0
    assert (bad.outputs("edgeci")["outcome"], bad.outputs("edgeci")["exit-code"]) == ("failed", "1")


def test_the_failure_is_annotated_at_the_gate_and_explained_in_the_summary(bad):
    errors = [event for event in bad.of("error") if event.get("kvPairs", {}).get("file") == "edgeci.yaml"]
    assert any("accuracy" in event["arg"] for event in errors)
    assert "edgeci: ❌" in bad.summary
    assert "calibrated on unscaled images" in bad.summary


def test_the_evidence_is_kept_whatever_the_gates_said(good, bad):
    for ran in (good, bad):
        assert "junit.xml" in ran.log
        assert ran.ended("Keep the evidence, above all when the gates said no") == ["success"]
        assert ran.ended("Say how it ended") == ["success"]


def test_a_change_that_lowers_its_own_bar_is_judged_by_its_bases(lowered):
    assert lowered.jobs == {"model/gate": "failure"}, lowered.log
    assert (lowered.outputs("edgeci")["outcome"], lowered.outputs("edgeci")["exit-code"]) == ("failed", "1")
    assert "does not count: gates.rules.0.limit is 0.95 at" in lowered.log
    assert json.loads(lowered.outputs("edgeci")["releases"]) == {}


def test_a_mistake_in_the_configuration_is_broken_and_not_a_missed_gate(broken):
    assert broken.jobs == {"model/gate": "failure"}, broken.log
    assert (broken.outputs("edgeci")["outcome"], broken.outputs("edgeci")["exit-code"]) == ("broken", "2")
    assert "recipies" in broken.log
    assert "edgeci broken (exit code 2)" in broken.log


def test_a_fleet_gets_one_job_a_target_on_the_runner_it_names(fleet):
    assert fleet.jobs == {"fleet/plan": "success", "fleet/this-machine": "failure"}, fleet.log
    assert fleet.outputs("plan")["exit-code"] == "0"
    [job] = json.loads(fleet.outputs("plan")["matrix"])["include"]
    assert job == {"target": "this-machine", "runs-on": ["self-hosted", "linux"]}
