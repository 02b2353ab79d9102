"""What candidates are preferred by is measured of them, or `plan` says what is."""

from pathlib import Path

import pytest

from tests.stages.project_folder import CONFIG, complaint, edgeci, small_project


def planned(folder: Path, prefer: str) -> str:
    small_project(folder, config=f"{CONFIG}prefer: {prefer}\n")
    assert edgeci(folder, "assess").code == 0
    return complaint(edgeci(folder, "plan"), 2)


def test_a_model_without_tokens_has_no_time_to_the_first_one(tmp_path: Path) -> None:
    said = planned(tmp_path, "[latency_cpu, ttft_cpu]")
    assert "edgeci.yaml:15:1: ttft_cpu is not measured of a tensor model on cpu" in said
    assert "latency_cpu, latency_wall, throughput, load_time, peak_memory, size, accuracy" in said


def test_quality_that_nobody_measures_comes_with_how_to_have_it_measured(tmp_path: Path) -> None:
    assert "`metric: mcc`, or a gate on it" in planned(tmp_path, "mcc")
    assert "demand something of latency_p95" in planned(tmp_path, "latency_p95")


def test_an_unknown_metric_is_told_when_the_file_is_read(tmp_path: Path) -> None:
    small_project(tmp_path, config=f"{CONFIG}prefer: latency_cp\n")
    assert "did you mean 'latency_cpu'?" in complaint(edgeci(tmp_path, "assess"), 2)


@pytest.mark.parametrize("prefer", ["size", "[accuracy, size]", "load_time"])
def test_what_is_measured_may_be_preferred(prefer: str, tmp_path: Path) -> None:
    small_project(tmp_path, config=f"{CONFIG}prefer: {prefer}\n")
    assert edgeci(tmp_path, "assess").code == 0
    assert edgeci(tmp_path, "plan").code == 0
