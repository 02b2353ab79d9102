"""Load, soak and energy from edgeci.yaml to the verdict."""

import json
from pathlib import Path

import pytest

from edgeci.types import Measurement
from edgeci.workbench.project import workspace_at
from tests.stages.project_folder import CONFIG, edgeci, small_project

pytestmark = pytest.mark.alone

GATES = """\
    - {rule: at-most, metric: load_p95, limit: 5000}
    - {rule: leak, metric: soak_memory, limit: 1000}
    - {rule: at-most, metric: energy, limit: 1}
"""
SETTINGS = "load: {rate: 30, seconds: 4}\nsoak: {seconds: 3}\nrecipes:\n  - {backend: faulty, method: leak}\n"


def test_a_gate_on_a_load_that_is_not_described_is_refused_at_its_line(tmp_path: Path) -> None:
    small_project(tmp_path, config=CONFIG.replace("latency_cpu, limit: 1000", "load_p95, limit: 5"))
    config = tmp_path / "edgeci.yaml"
    config.write_text(config.read_text().replace("speed-up", "at-most"))
    done = edgeci(tmp_path, "assess")
    assert done.code == 2
    assert "load_p95 needs a load; add `load: {rate: 20}`" in done.err


@pytest.mark.slow
def test_a_leaking_backend_fails_and_energy_without_a_counter_is_broken(tmp_path: Path) -> None:
    small_project(
        tmp_path, SETTINGS, CONFIG.replace("    - {rule: speed-up, metric: latency_cpu, limit: 1000}\n", GATES)
    )
    for verb in ("assess", "plan", "optimize", "benchmark"):
        assert edgeci(tmp_path, verb).code == 0
    measurements = workspace_at(tmp_path / ".edgeci").read("measurements", Measurement, "benchmark")
    by_metric = {item.metric: item for item in measurements if item.candidate.startswith("faulty-leak")}
    loaded = by_metric["load_p95"]
    assert len(loaded.samples) == loaded.conditions.arrived and len(loaded.samples) > 59
    assert by_metric["load_p50"].samples == by_metric["load_p99"].samples, "the same requests"
    assert len(by_metric["soak_latency"].samples) == len(by_metric["soak_memory"].samples) >= 12
    verdicts = json.loads(edgeci(tmp_path, "gate", "--json").out)["records"]
    outcomes = {(item["candidate"].split("-")[1], item["gate"]["metric"]): item for item in verdicts}
    assert outcomes["leak", "soak_memory"]["outcome"] == "failed"
    assert outcomes["as", "soak_memory"]["outcome"] == "passed", outcomes["as", "soak_memory"]["reason"]
    assert outcomes["leak", "load_p95"]["outcome"] == "passed"
    if not list(Path("/sys/class/powercap").glob("*/energy_uj")):
        assert outcomes["as", "energy"]["outcome"] == "broken"
        assert "no energy counter" in outcomes["as", "energy"]["reason"]


@pytest.mark.slow
def test_the_command_line_can_ask_for_a_soak_and_an_estimate_is_shown_as_one(tmp_path: Path) -> None:
    small_project(tmp_path, config=CONFIG.replace("backends: [faulty]", "backends: [faulty]\n    watts_per_core: 5"))
    for verb in ("assess", "plan", "optimize"):
        assert edgeci(tmp_path, verb).code == 0
    done = edgeci(tmp_path, "benchmark", "--soak", "2", "--json")
    assert done.code == 0, done.err
    by_metric = {record["metric"]: record for record in done.records}
    assert len(by_metric["soak_memory"]["samples"]) >= 12
    assert "load_p50" not in by_metric
    if not list(Path("/sys/class/powercap").glob("*/energy_uj")):
        assert by_metric["energy"]["samples"] == []
        assert by_metric["energy"]["conditions"]["provenance"] == "estimated"
