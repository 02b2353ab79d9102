"""Threads that a machine can run at once, and cores that are taken."""

from pathlib import Path

from edgeci.hardware.cores import busy_cores, most_threads
from edgeci.types import Fact


def fact(name: str, value: float) -> Fact:
    return Fact(name=name, value=value, source="here")


def test_a_control_group_leaves_fewer_cores_than_the_machine_has() -> None:
    assert most_threads([fact("cpus", 8), fact("cpu_limit", 2.0)]) == (2, "cpu_limit 2, here")
    assert most_threads([fact("cpus", 8), fact("cpu_limit", 16.0)]) == (8, "cpus 8, here")


def test_a_started_core_runs_a_thread() -> None:
    assert most_threads([fact("cpus", 8), fact("cpu_limit", 1.5)]) == (2, "cpu_limit 1.5, here")
    assert most_threads([fact("cpus", 8), fact("cpu_limit", 0.25)]) == (1, "cpu_limit 0.25, here")


def test_a_machine_that_says_nothing_refuses_nothing() -> None:
    assert most_threads([]) is None


def test_what_the_kernel_does_not_say_is_not_guessed(tmp_path: Path) -> None:
    assert busy_cores(tmp_path / "stat", 0) is None
    (tmp_path / "stat").write_text("cpu  10 0 5 100 3 0 0 0 0 0\ncpu0 10 0 5 100 3 0 0 0 0 0\n")
    assert busy_cores(tmp_path / "stat", 0) is None


def test_the_cores_of_this_machine_are_not_busier_than_all_of_them() -> None:
    busy = busy_cores(seconds=0.1)
    assert busy is None or busy >= 0
