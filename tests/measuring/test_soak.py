"""A soak of a third-party backend that leaks, and of one that does not."""

from pathlib import Path

import pytest

from edgeci.config import Soak
from edgeci.errors import ConfigError
from edgeci.gates.endurance import leak
from edgeci.measuring.soak import measure_soak
from edgeci.types import Gate, Measurement
from edgeci.workbench.project import Project
from tests.gates.builders import measurement
from tests.measuring.sides import LIMITS, side
from tests.stages.builders import scene

LIMIT = Gate(rule="leak", metric="soak_memory", limit=1000)
"""MB an hour: far above what an allocator does in seconds, far below what the faulty backend leaks in them."""


def soaked(folder: Path, method: str) -> Measurement:
    soak = measure_soak(side(folder, method), LIMITS, Soak(seconds=5))
    return measurement("soak_memory", soak.memory_mb, conditions=soak.conditions)


def test_a_leak_fails_with_its_size_an_hour(tmp_path: Path) -> None:
    verdict = leak(LIMIT, soaked(tmp_path, "leak"))
    assert verdict.outcome == "failed", verdict.reason
    # Not more than 500 inferences a second (it sleeps 2 ms), 0.05 MB each.
    assert verdict.value is not None and 5_000 < verdict.value < 500 * 0.05 * 3600
    assert "MB/h" in verdict.reason


def test_a_steady_backend_passes(tmp_path: Path) -> None:
    verdict = leak(LIMIT, soaked(tmp_path, "steady"))
    assert verdict.outcome == "passed", verdict.reason


def test_latency_is_recorded_at_the_same_regular_times(tmp_path: Path) -> None:
    soak = measure_soak(side(tmp_path, "steady"), LIMITS, Soak(seconds=3))
    assert len(soak.wall_ms) == len(soak.memory_mb) >= 12
    assert min(soak.wall_ms) >= 2
    assert soak.conditions.interval_seconds * len(soak.wall_ms) > 2.4


@pytest.mark.parametrize("seconds", [1e9, float("inf"), float("nan")])
def test_a_soak_that_never_ends_is_a_configuration_error(seconds: float, tmp_path: Path) -> None:
    small = scene(tmp_path)
    with pytest.raises(ConfigError, match=r"--soak .*: input should be"):
        Project(small.loaded, small.workspace, small.said.append).with_soak(seconds)
