"""Samples of an earlier run are enough for another limit, unless measuring would have gone on for it."""

from pathlib import Path

import pytest

from edgeci.measuring.bench import Bench
from edgeci.measuring.timings import suffices
from edgeci.types import Conditions, Measurement
from edgeci.workbench.project import Project
from tests.gates.builders import timing
from tests.stages.builders import scene


def bench(folder: Path) -> Bench:
    """With the preset's gate of twice the speed, and 30 s a candidate."""
    given = scene(folder)
    project = Project(given.loaded, given.workspace, given.said.append)
    return Bench(project, project.targets[0])


def measured(ratio: float, seconds: float, rounds: int = 12, noise: float = 0.01) -> list[Measurement]:
    return [timing(ratio, rounds, noise, conditions=Conditions(seconds=seconds))]


@pytest.mark.parametrize(("ratio", "noise"), [(0.4, 0.01), (0.7, 0.01)])
def test_what_the_samples_decide_is_not_measured_again(tmp_path: Path, ratio: float, noise: float) -> None:
    assert suffices(bench(tmp_path), "unoptimized", "candidate", measured(ratio, 2, noise=noise))


def test_what_they_do_not_decide_is_while_there_is_budget(tmp_path: Path) -> None:
    undecided = measured(0.5, 2, noise=0.2)
    assert not suffices(bench(tmp_path), "unoptimized", "candidate", undecided)
    assert suffices(bench(tmp_path), "unoptimized", "candidate", measured(0.5, 30, noise=0.2))


def test_after_the_last_look_there_is_none_to_come(tmp_path: Path) -> None:
    assert suffices(bench(tmp_path), "unoptimized", "candidate", measured(0.5, 2, rounds=450, noise=0.2))


def test_nothing_timed_needs_nothing(tmp_path: Path) -> None:
    assert suffices(bench(tmp_path), "unoptimized", "candidate", [])
