"""A third-party backend that fails in every way: each is Skipped with its reason, and nothing of it is released."""

import json
from pathlib import Path

import pytest

from edgeci.records import Workspace
from edgeci.types import Candidate, Skipped
from tests.stages.project_folder import edgeci, recipe, small_project


def skipped_reason(folder: Path, method: str) -> str:
    small_project(folder, recipe(method))
    for verb in ("assess", "plan", "optimize"):
        done = edgeci(folder, verb)
        assert done.code == 0, done.err
    workspace = Workspace(folder / ".edgeci")
    assert [found.recipe.method for found in workspace.read("candidates", Candidate, "optimize")] == ["as-is"]
    (skipped,) = workspace.read("skipped", Skipped, "optimize")
    assert skipped.recipe.method == method
    return skipped.reason


@pytest.mark.parametrize(
    ("method", "reason"),
    [
        ("crash", "crashed (SIGSEGV); last lines: about to crash"),
        ("crash-when-run", "crashed (SIGSEGV)"),
        ("exhaust", "out of memory"),
        ("abandon", "ended with exit code 0 and no answer"),
        ("raise", "RuntimeError: first line second line"),
        ("nothing", "not-written.onnx"),
        ("does-not-load", "ValueError: invalid graph"),
        ("not-a-number", "item 0: the output holds NaN or infinity"),
        ("other-shape", "its outputs have shape (1, 2), the source's (1, 3)"),
        ("lossless-but-wrong", "must not change the answers"),
    ],
)
def test_each_way_to_fail_is_skipped_with_its_reason(tmp_path: Path, method: str, reason: str) -> None:
    assert reason in skipped_reason(tmp_path, method)


def test_a_hang_is_stopped_at_the_limit(tmp_path: Path) -> None:
    small_project(tmp_path, recipe("hang"))
    config = tmp_path / "edgeci.yaml"
    config.write_text(config.read_text().replace("timeout_seconds: 60", "timeout_seconds: 8"))
    for verb in ("assess", "plan", "optimize"):
        assert edgeci(tmp_path, verb).code == 0
    (skipped,) = Workspace(tmp_path / ".edgeci").read("skipped", Skipped, "optimize")
    assert "no answer within 8 s, stopped" in skipped.reason


def test_the_same_failure_is_not_met_twice(tmp_path: Path) -> None:
    skipped_reason(tmp_path, "crash")
    again = edgeci(tmp_path, "optimize")
    assert again.err.count("(from an earlier run)") == 2
    assert "making it" not in again.err


def test_a_backend_that_cannot_be_imported_does_not_stop_help(tmp_path: Path) -> None:
    assert edgeci(tmp_path, "--help").code == 0


def test_a_backend_that_cannot_be_imported_is_missing_and_says_why(tmp_path: Path) -> None:
    small_project(tmp_path)
    config = tmp_path / "edgeci.yaml"
    config.write_text(config.read_text().replace("[saboteur]", "[unimportable]"))
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
