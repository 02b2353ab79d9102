"""What other jobs measured is judged where it is named, with the facts of its machine, and nowhere else."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.stages.project_folder import CONFIG, complaint, edgeci, small_project
from tests.stages.pull_request import JOB, commit, git

TWO = CONFIG.replace(
    "  - name: cpu\n    backends: [faulty]\n",
    "  - {name: cpu, backends: [faulty]}\n  - {name: edge, backends: [faulty]}\n",
).replace("    - {rule: speed-up, metric: latency_cpu, limit: 1000}\n", "")


@pytest.fixture(scope="module")
def jobs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fleet: a job a target, each of which kept its workspace, and a checkout that has none."""
    folder = tmp_path_factory.mktemp("jobs")
    for target in ("cpu", "edge"):
        project = small_project(folder / f"{target}-job", config=TWO)
        for verb in ("assess", "plan", "optimize", "benchmark"):
            assert edgeci(project, verb, "--target", target, **JOB).code == 0
        (project / ".edgeci").rename(folder / target)
    small_project(folder / "checkout", config=TWO)
    return folder


def checkout(jobs: Path, folder: Path) -> Path:
    """Where the gate runs: the repository, and the artifacts beside it."""
    for name in ("checkout", "cpu", "edge"):
        shutil.copytree(jobs / name, folder / name)
    return folder / "checkout"


def judged(project: Path, verb: str, *folders: str, **environment: str):
    named = [part for folder in folders for part in ("--evidence", f"../{folder}")]
    return edgeci(project, verb, *named, **{**JOB, **environment})


def test_the_jobs_of_a_fleet_are_judged_reported_released_and_rendered_together(jobs: Path, tmp_path: Path) -> None:
    project = checkout(jobs, tmp_path)
    gate = judged(project, "gate", "cpu", "edge")
    assert gate.code == 0, gate.err
    assert judged(project, "report", "cpu", "edge").code == 0
    assert "edge" in (project / ".edgeci/report.md").read_text()
    released = judged(project, "release", "cpu", "edge")
    assert released.code == 0, released.err
    for target in ("cpu", "edge"):
        assert edgeci(project, "verify", f".edgeci/release/{target}").code == 0
    shutil.copytree(project / ".edgeci/release/cpu", tmp_path / "bundle")
    shutil.rmtree(project / ".edgeci")
    rendered = edgeci(project, "render", "--bundle", "../bundle", "--target", "cpu", **JOB)
    assert rendered.code == 0, rendered.err
    assert (project / ".edgeci/manifests/cpu/compose/compose.yaml").exists()


def test_evidence_that_nobody_names_is_none(jobs: Path, tmp_path: Path) -> None:
    project = checkout(jobs, tmp_path)
    shutil.copytree(tmp_path / "cpu", project / ".edgeci")
    done = edgeci(project, "gate", "--target", "cpu", **JOB)
    assert done.code == 8
    assert "did not make it here, so nothing in it counts; set aside as .edgeci.set-aside-1" in done.err


def test_evidence_that_git_tracks_is_none(jobs: Path, tmp_path: Path) -> None:
    project = checkout(jobs, tmp_path)
    (tmp_path / "cpu").rename(project / "evidence")
    git(project, "init", "--quiet")
    commit(project, "with evidence")
    done = edgeci(project, "gate", "--evidence", "evidence", "--target", "cpu", **JOB)
    assert "tracked by git, so it is no evidence" in complaint(done, 8)


def test_evidence_of_another_run_of_the_workflow_is_none(jobs: Path, tmp_path: Path) -> None:
    project = checkout(jobs, tmp_path)
    done = judged(project, "gate", "cpu", "edge", GITHUB_RUN_ID="8")
    assert "made by another run of a workflow" in complaint(done, 8)


def edit(path: Path, change: Callable[[Any], object]) -> None:
    body = json.loads(path.read_text())
    change(body)
    path.write_text(json.dumps(body))


def more_cpus(body: Any) -> None:
    next(fact for fact in body["records"] if fact["name"] == "cpus")["value"] = 64


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("hardware", more_cpus, "was not measured on the machine that hardware.json describes"),
        ("measurements", lambda body: body["origin"].update(machine="0"), "not made by the run that made assessment"),
        ("measurements", lambda body: body["records"][0]["conditions"].update(law="0"), "measured by another law"),
        ("candidates", lambda body: body.pop("origin"), "damaged"),
        ("assessment", lambda body: body["records"].clear(), "the job that made it did not come to its end"),
    ],
)
def test_evidence_that_contradicts_itself_is_none(jobs: Path, tmp_path: Path, name: str, change, message: str) -> None:
    project = checkout(jobs, tmp_path)
    edit(tmp_path / "cpu" / f"{name}.json", change)
    assert message in complaint(judged(project, "gate", "cpu", "edge"), 8)


def test_evidence_that_is_missing_or_given_twice_is_told_apart(jobs: Path, tmp_path: Path) -> None:
    project = checkout(jobs, tmp_path)
    assert "not a folder" in complaint(judged(project, "gate", "nowhere"), 2)
    assert "nothing was planned for target edge" in complaint(judged(project, "gate", "cpu"), 8)
    shutil.copytree(tmp_path / "cpu", tmp_path / "again")
    assert "cpu was measured in ../cpu, too; name one of them" in complaint(judged(project, "gate", "cpu", "again"), 2)
    edit(tmp_path / "edge" / "assessment.json", lambda body: body["records"][0]["model"].update(sha256="0" * 64))
    assert "about another model than ../cpu" in complaint(judged(project, "gate", "cpu", "edge"), 2)
    shutil.rmtree(tmp_path / "edge")
    (tmp_path / "edge").mkdir()
    assert "keep its whole workspace" in complaint(judged(project, "gate", "cpu", "edge"), 8)
