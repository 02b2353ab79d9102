"""What was tried on edgeci as a pull request's author would, and as a careless user: each is refused, and says why."""

import json
import os
from pathlib import Path

import pytest

from tests.stages.project_folder import CONFIG, complaint, edgeci, small_project
from tests.stages.pull_request import base, commit, git, in_a_job
from tests.test_holding import a_home, everything

VERBS = ("assess", "run", "gate", "release", "render")


def dishonest(folder: Path) -> None:
    """Every time of the candidate a thousandth of what it was: a "no" that would read as a "yes"."""
    path = folder / "measurements.json"
    body = json.loads(path.read_text())
    for record in body["records"]:
        if record["metric"] == "latency_cpu":
            record["samples"] = [value / 10_000 for value in record["samples"]]
    path.write_text(json.dumps(body, indent=1) + "\n")


@pytest.mark.parametrize("verb", VERBS)
def test_a_repository_as_its_own_workspace_loses_nothing(tmp_path: Path, verb: str) -> None:
    project = small_project(tmp_path / "project")
    before = a_home(project)
    said = complaint(edgeci(project, verb, "--workspace", "."), 8)
    assert "not empty and not a workspace of edgeci's" in said
    assert everything(project) == before


@pytest.mark.parametrize("verb", VERBS)
def test_a_workspace_that_leads_elsewhere_loses_nothing(tmp_path: Path, verb: str) -> None:
    project = small_project(tmp_path / "project")
    before = a_home(tmp_path / "home")
    (project / ".edgeci").symlink_to("../home")
    assert "a symbolic link; choose a folder with --workspace" in complaint(edgeci(project, verb), 8)
    assert everything(tmp_path / "home") == before


def test_a_workspace_that_a_pull_request_brings_decides_nothing(tmp_path: Path) -> None:
    """Three lists divided, everything else as an honest run left it: the honest answer is still no."""
    project = small_project(tmp_path / "project")
    assert edgeci(project, "run", "--quiet").code == 1
    dishonest(project / ".edgeci")
    git(project, "init", "--quiet")
    commit(project, "a model, and how good it is")
    git(tmp_path, "clone", "--quiet", project, "checkout")
    done = edgeci(tmp_path / "checkout", "run")
    assert done.code == 1, done.err
    assert "so nothing in it counts; set aside as .edgeci.set-aside-1" in done.err
    assert "measured in an earlier run" not in done.err
    assert not (tmp_path / "checkout/.edgeci/release/cpu").exists()


def test_a_record_that_is_edited_where_it_was_made_decides_nothing(tmp_path: Path) -> None:
    project = small_project(tmp_path)
    assert edgeci(project, "run", "--quiet").code == 1
    dishonest(project / ".edgeci")
    for verb in ("gate", "report", "release"):
        said = complaint(edgeci(project, verb), 8)
        assert "measurements.json: set aside: edgeci did not write it here, or it was changed since" in said
    done = edgeci(project, "run")
    assert done.code == 1
    assert "set aside" in done.err


def test_a_report_shows_what_the_samples_give_whatever_a_file_says(tmp_path: Path) -> None:
    project = small_project(tmp_path)
    edgeci(project, "run", "--quiet")
    honest = (project / ".edgeci/report.md").read_bytes()
    for name in ("verdicts", "decisions"):
        path = project / ".edgeci" / f"{name}.json"
        path.write_text(path.read_text().replace('"failed"', '"passed"'))
    assert edgeci(project, "report").code == 0
    assert (project / ".edgeci/report.md").read_bytes() == honest
    assert edgeci(project, "release").code == 1


def test_a_candidate_that_a_pull_request_brings_is_made_again(tmp_path: Path) -> None:
    project = small_project(tmp_path)
    for verb in ("assess", "plan", "optimize"):
        assert edgeci(project, verb).code == 0
    (record,) = (project / ".edgeci/candidates").glob("*/candidate.json")
    record.write_text(record.read_text().replace('"precision": "', '"precision": "better than '))
    done = edgeci(project, "optimize")
    assert "set aside" in done.err
    assert "making it" in done.err


def test_what_one_machine_measured_is_not_released_as_anothers(tmp_path: Path) -> None:
    """Copied whole to where other limits hold: nothing of it counts, and it stays where it was."""
    project = small_project(tmp_path, config=CONFIG.replace("limit: 1000", "limit: 0.001"))
    assert edgeci(project, "run", "--quiet").code == 0
    allowed = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    if len(allowed) < 2:
        pytest.skip("this system has one CPU, or does not limit a process to one")
    os.sched_setaffinity(0, {min(allowed)})
    try:
        for verb in ("gate", "report", "release"):
            done = edgeci(project, verb)
            assert "it was made on another machine, or on this one with other limits" in complaint(done, 8)
    finally:
        os.sched_setaffinity(0, allowed)


@pytest.mark.parametrize("program", ["filter.evil.smudge", "core.fsmonitor", "core.sshCommand", "core.hooksPath"])
def test_a_folder_made_into_a_bare_repository_runs_nothing(tmp_path: Path, program: str) -> None:
    project = tmp_path / "project"
    based_on = base(project)
    canary = tmp_path / "canary"
    git(tmp_path, "clone", "--quiet", "--bare", project, "bare")
    for name in ("HEAD", "config", "objects", "refs", "packed-refs"):
        if (tmp_path / "bare" / name).exists():
            (tmp_path / "bare" / name).rename(project / name)
    key, _, name = program.rpartition(".")
    git(project, "config", "--file", "config", f"{key}.{name}", f"touch {canary}")
    (project / ".gitattributes").write_text("* filter=evil\n")
    done = in_a_job(project, based_on, "assess")
    assert done.code == 0, done.err
    assert not canary.exists()


def test_a_workspace_whose_key_anybody_can_read_is_not_believed(tmp_path: Path) -> None:
    project = small_project(tmp_path / "project")
    (tmp_path / "key").write_bytes(bytes(32))
    (tmp_path / "key").chmod(0o644)
    assert "others can read this key" in complaint(edgeci(project, "assess", EDGECI_KEY=str(tmp_path / "key")), 8)
