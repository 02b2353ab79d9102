"""A third-party backend that fails in every way: each is Skipped with its reason, and nothing of it is released."""

import json
from pathlib import Path

import pytest

from edgeci.types import Candidate, Skipped
from edgeci.workbench.project import workspace_at
from tests.stages.project_folder import edgeci, recipe, small_project

WAYS = {
    "crash": "crashed (SIGSEGV); last lines: about to crash",
    "crash-when-run": "crashed (SIGSEGV)",
    "exhaust": "out of memory",
    "abandon": "ended with exit code 0 and no answer",
    "raise": "faulty cannot make raise of this model (RuntimeError: first line)",
    "raise-its-own": "a class that edgeci has never heard of",
    "nothing": "not-written.onnx",
    "does-not-load": "faulty does not load it (ValueError: invalid graph)",
    "not-a-number": "item 0: the output holds NaN or infinity",
    "other-shape": "its output 0 has shape (2,), the source's (3,)",
    "lossless-but-wrong": "must not change the answers",
}
ACCIDENTS = ("exhaust",)
"""Another time there may be more memory."""


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in which every way to fail was tried, one after the other."""
    folder = tmp_path_factory.mktemp("faulty")
    small_project(folder, recipe(*WAYS))
    for verb in ("assess", "plan", "optimize"):
        done = edgeci(folder, verb)
        assert done.code == 0, done.err
    return folder


@pytest.mark.parametrize("method", WAYS)
def test_each_way_to_fail_is_skipped_with_its_reason(tried: Path, method: str) -> None:
    skipped = workspace_at(tried / ".edgeci").read("skipped", Skipped, "optimize")
    (reason,) = [each.reason for each in skipped if each.recipe.method == method]
    assert WAYS[method] in reason


def test_what_fails_leaves_the_others_alone(tried: Path) -> None:
    candidates = workspace_at(tried / ".edgeci").read("candidates", Candidate, "optimize")
    assert [candidate.recipe.method for candidate in candidates] == ["as-is"]


def test_a_hang_is_stopped_at_the_limit(tmp_path: Path) -> None:
    small_project(tmp_path, recipe("hang"))
    config = tmp_path / "edgeci.yaml"
    config.write_text(config.read_text().replace("timeout_seconds: 60", "timeout_seconds: 8"))
    for verb in ("assess", "plan", "optimize"):
        assert edgeci(tmp_path, verb).code == 0
    (skipped,) = workspace_at(tmp_path / ".edgeci").read("skipped", Skipped, "optimize")
    assert "no answer within 8 s, stopped" in skipped.reason


def test_the_same_failure_is_not_met_twice_but_an_accident_is_tried_again(tried: Path) -> None:
    again = edgeci(tried, "optimize")
    assert again.err.count("(from an earlier run)") == 1 + len(WAYS) - len(ACCIDENTS)
    assert [line for line in again.err.splitlines() if "making it" in line] == [
        f"faulty {method}: making it" for method in ACCIDENTS
    ]
    assert again.err.count("; the next run tries again") == len(ACCIDENTS)


def test_a_worker_that_was_killed_once_may_live_the_next_time(tmp_path: Path) -> None:
    small_project(tmp_path, recipe("killed-once"))
    for verb in ("assess", "plan"):
        assert edgeci(tmp_path, verb).code == 0
    first, second = (edgeci(tmp_path, "optimize") for _ in range(2))
    assert "killed-once: skipped: killed (SIGKILL), most likely for memory; the next run tries again" in first.err
    assert "killed-once: 0.00 MB" in second.err


def test_a_full_disk_stops_the_run_and_is_not_kept(tmp_path: Path) -> None:
    small_project(tmp_path, recipe("full-once"))
    for verb in ("assess", "plan"):
        assert edgeci(tmp_path, verb).code == 0
    first, second = (edgeci(tmp_path, "optimize") for _ in range(2))
    assert first.code == 8
    assert "the disk is full; free some space and run the same command again" in first.err
    assert second.code == 0 and "full-once: 0.00 MB" in second.err


def test_a_backend_that_cannot_be_imported_does_not_stop_help(tmp_path: Path) -> None:
    assert edgeci(tmp_path, "--help").code == 0


def test_a_backend_that_cannot_be_imported_is_missing_and_says_why(tmp_path: Path) -> None:
    small_project(tmp_path)
    config = tmp_path / "edgeci.yaml"
    config.write_text(config.read_text().replace("[faulty]", "[unimportable]"))
    edgeci(tmp_path, "assess")
    done = edgeci(tmp_path, "plan")
    assert done.code == 4
    assert "a third party that cannot be imported" in done.err


def test_the_whole_way_with_a_third_party_backend_ends_in_no(tmp_path: Path) -> None:
    small_project(tmp_path)
    done = edgeci(tmp_path, "run", "--json")
    assert done.code == 1, done.err
    (decision,) = done.records
    assert decision["outcome"] == "failed"
    assert "limit 1000x" in json.dumps(decision["losers"])
    assert not (tmp_path / ".edgeci" / "release" / "cpu").exists()
