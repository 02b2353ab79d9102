"""Kill it anywhere, run it again: nothing is torn, finished work is not redone, and the results are the same."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from edgeci.types import Assessment, Candidate, Decision, Measurement, Planned, Skipped, Verdict
from edgeci.workbench.project import workspace_at
from tests.stages.project_folder import edgeci, recipe, small_project

LISTS = {
    "assessment": Assessment,
    "plan": Planned,
    "candidates": Candidate,
    "skipped": Skipped,
    "measurements": Measurement,
    "verdicts": Verdict,
    "decisions": Decision,
}


def readable(folder: Path) -> None:
    """Every list that is there is whole."""
    workspace = workspace_at(folder / ".edgeci")
    for name, kind in LISTS.items():
        workspace.read_or_empty(name, kind)


def killed_when(folder: Path, sign: str) -> None:
    """Start a run and kill -9 it as soon as it says something."""
    process = subprocess.Popen(
        [sys.executable, "-m", "edgeci.cli", "run", "--verbose"],
        cwd=folder,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        env=os.environ,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if sign in line:
            process.send_signal(signal.SIGKILL)
            break
    process.wait()
    process.stderr.close()


@pytest.mark.parametrize(
    "sign",
    [
        pytest.param("parameters", marks=pytest.mark.slow),
        pytest.param("recipes to try", marks=pytest.mark.slow),
        pytest.param("making it", marks=pytest.mark.slow),
        pytest.param("[1/2] faulty as-is", marks=pytest.mark.slow),
        "measuring",
        pytest.param("12 rounds", marks=pytest.mark.slow),
        pytest.param("[2/2] cpu", marks=pytest.mark.slow),
    ],
)
def test_a_run_killed_anywhere_ends_as_if_it_had_not_been(tmp_path: Path, sign: str) -> None:
    small_project(tmp_path, recipe("slow-copy"))
    killed_when(tmp_path, sign)
    readable(tmp_path)
    done = edgeci(tmp_path, "run", "--json")
    assert done.code == 1, done.err
    assert done.records[0]["outcome"] == "failed"
    readable(tmp_path)
    assert [path for path in (tmp_path / ".edgeci").rglob(".*") if path.name != ".gitignore"] == []


def test_a_second_run_redoes_nothing_and_says_the_same(tmp_path: Path) -> None:
    small_project(tmp_path)
    first = edgeci(tmp_path, "run", "--json")
    before = (tmp_path / ".edgeci" / "measurements.json").read_bytes()
    second = edgeci(tmp_path, "run", "--json")
    assert first.out == second.out
    assert "making it" not in second.err
    assert "measured in an earlier run" in second.err
    assert (tmp_path / ".edgeci" / "measurements.json").read_bytes() == before


def test_a_changed_limit_judges_the_stored_samples(tmp_path: Path) -> None:
    small_project(tmp_path)
    edgeci(tmp_path, "run")
    before = (tmp_path / ".edgeci" / "measurements.json").read_bytes()
    config = tmp_path / "edgeci.yaml"
    config.write_text(config.read_text().replace("limit: 0.95", "limit: 0.9").replace("limit: 1000", "limit: 900"))
    again = edgeci(tmp_path, "run", "--json")
    assert "measured in an earlier run" in again.err and ": measuring" not in again.err
    assert (tmp_path / ".edgeci" / "measurements.json").read_bytes() == before
    verdicts = json.loads((tmp_path / ".edgeci" / "verdicts.json").read_text())["records"]
    assert {verdict["gate"]["limit"] for verdict in verdicts} == {0.9, 900}


def test_a_gate_on_samples_that_nobody_kept_measures_again(tmp_path: Path) -> None:
    small_project(tmp_path)
    edgeci(tmp_path, "run")
    config = tmp_path / "edgeci.yaml"
    config.write_text(
        config.read_text().replace("limits:", "    - {rule: at-most, metric: latency_p50, limit: 1000}\nlimits:")
    )
    assert ": measuring" in edgeci(tmp_path, "run").err


@pytest.mark.slow
def test_what_changed_is_made_and_measured_again(tmp_path: Path) -> None:
    small_project(tmp_path)
    edgeci(tmp_path, "run")
    config = tmp_path / "edgeci.yaml"
    config.write_text(config.read_text().replace("budget: {seconds: 1}", "budget: {seconds: 1, seed: 5}"))
    again = edgeci(tmp_path, "run")
    assert "making it" not in again.err
    assert "measured in an earlier run" not in again.err


def test_a_candidate_that_was_tampered_with_is_made_again(tmp_path: Path) -> None:
    small_project(tmp_path)
    edgeci(tmp_path, "run")
    (model,) = (tmp_path / ".edgeci" / "candidates").glob("*/model.onnx")
    model.write_bytes(model.read_bytes() + b"x")
    assert "making it" in edgeci(tmp_path, "optimize").err


def test_the_verbs_alone_come_to_the_same_as_run(tmp_path: Path) -> None:
    small_project(tmp_path)
    for verb in ("assess", "plan", "optimize", "benchmark"):
        assert edgeci(tmp_path, verb, "--quiet").err == ""
    judged = edgeci(tmp_path, "gate", "--json")
    assert judged.code == 1
    assert {record["outcome"] for record in judged.records} == {"passed", "failed"}
    assert edgeci(tmp_path, "report").code == 0
    assert edgeci(tmp_path, "release").code == 1
    assert json.loads(edgeci(tmp_path, "run", "--json").out)["records"][0]["outcome"] == "failed"


def test_an_orphaned_worker_does_not_live_on(tmp_path: Path) -> None:
    small_project(tmp_path, recipe("hang"))
    killed_when(tmp_path, "faulty hang: making it")
    time.sleep(1)
    workers = subprocess.run(["pgrep", "-f", "edgeci.isolation.worker"], capture_output=True, text=True, check=False)
    assert [pid for pid in workers.stdout.split() if str(tmp_path) in request_of(pid)] == []


def request_of(pid: str) -> str:
    """What a worker was asked; it stands in its own folder."""
    try:
        return Path(f"/proc/{pid}/cwd/request.json").read_text()
    except OSError:
        return ""
