"""Models made to have a bottleneck are found to have it, by real runtimes on this machine, however busy it is."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edgeci.types import Profile, Recipe
from edgeci.workbench.project import workspace_at
from tests.models import bottleneck_models
from tests.stages.project_folder import edgeci, recipe, small_project

pytestmark = pytest.mark.alone

SLEEPS = Recipe(backend="faulty", method="uneven")


def profiled(folder: Path, *arguments: str) -> dict[str, Any]:
    done = edgeci(folder, "profile", "--json", *arguments)
    assert done.code == 0, done.err
    (record,) = done.records
    return record


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (bottleneck_models.computing, "compute-bound"),
        (bottleneck_models.depending, "inconsistent"),
        pytest.param(bottleneck_models.reading, "bandwidth-bound", marks=pytest.mark.slow),
    ],
)
def test_onnxruntime(tmp_path: Path, make: Callable[..., Path], kind: str) -> None:
    bottleneck = profiled(make(tmp_path))["bottleneck"]
    assert bottleneck["kind"] == kind, bottleneck
    assert bottleneck["remedies"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (bottleneck_models.computing, "compute-bound"),
        (bottleneck_models.reading, "bandwidth-bound"),
        (bottleneck_models.calling, "overhead-bound"),
        (bottleneck_models.depending, "inconsistent"),
    ],
)
def test_openvino(tmp_path: Path, make: Callable[..., Path], kind: str) -> None:
    bottleneck = profiled(make(tmp_path, "openvino"))["bottleneck"]
    assert bottleneck["kind"] == kind, bottleneck


@pytest.mark.slow
def test_a_runtime_that_sleeps_now_and_then_is_inconsistent_and_what_it_does_not_offer_is_said(tmp_path: Path) -> None:
    small_project(tmp_path, recipe(SLEEPS.method))
    for verb in ("assess", "plan", "optimize"):
        assert edgeci(tmp_path, verb).code == 0
    (record,) = edgeci(tmp_path, "profile", "--candidate", SLEEPS.id, "--json").records
    profile = Profile.model_validate(record)
    assert profile.bottleneck.kind == "inconsistent", profile.bottleneck
    assert profile.observed.unavailable["operators"] == "the backend faulty offers no operator profile"
    assert workspace_at(tmp_path / ".edgeci").read("profile", Profile, "profile") == [profile]


def test_the_text_says_why_and_what_to_try(tmp_path: Path) -> None:
    done = edgeci(bottleneck_models.calling(tmp_path), "profile")
    assert done.code == 0, done.err
    assert done.out.startswith("cpu, onnxruntime as-is: overhead-bound\n  why:     400 operators in ")
    for line in ("  try:     fuse operators", "  batch:   cost of an item 2: ", "  memory:  "):
        assert line in done.out


def test_an_unknown_candidate_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    done = edgeci(small_project(tmp_path), "profile", "--candidate", "nobody")
    assert done.code == 2
    assert "has no candidate 'nobody'; it has none yet; run `edgeci optimize` first" in done.err
