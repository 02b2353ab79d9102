"""A leak is a slope, not a difference; a saturated load fails whatever its percentiles say."""

import random

from edgeci.gates.judge import judge
from edgeci.types import Conditions, Measurement, Verdict
from tests.gates.builders import gate, measurement


def verdict(measured: Measurement, rule: str, limit: float) -> Verdict:
    return judge(gate(rule, measured.metric, limit), "candidate", "cpu", [measured])


def memory(mb_per_hour: float, noise_mb: float = 0.05, moments: int = 60) -> Measurement:
    """One moment a second."""
    generator = random.Random(5)
    samples = [80 + mb_per_hour * second / 3600 + generator.gauss(0, noise_mb) for second in range(moments)]
    return measurement("soak_memory", samples, conditions=Conditions(interval_seconds=1.0))


def test_a_leak_above_the_limit_fails_and_says_how_much() -> None:
    judged = verdict(memory(600), "leak", 60)
    assert judged.outcome == "failed"
    assert judged.value is not None and 550 < judged.value < 650


def test_steady_memory_passes() -> None:
    assert verdict(memory(0), "leak", 60).outcome == "passed"


def test_memory_that_does_not_move_at_all_passes() -> None:
    assert verdict(memory(0, noise_mb=0), "leak", 1).outcome == "passed"


def test_one_step_at_the_start_is_no_leak() -> None:
    steps = measurement("soak_memory", [70.0] * 3 + [80.0] * 57, conditions=Conditions(interval_seconds=1.0))
    assert verdict(steps, "leak", 60).outcome == "passed"


def test_a_short_noisy_soak_decides_nothing() -> None:
    judged = verdict(memory(30, noise_mb=2), "leak", 30)
    assert judged.outcome == "inconclusive"
    assert "a longer soak would decide" in judged.reason


def test_too_few_moments_decide_nothing() -> None:
    assert verdict(memory(0, moments=11), "leak", 60).outcome == "inconclusive"


def test_a_series_without_its_times_is_broken() -> None:
    assert verdict(measurement("soak_memory", [80.0] * 20), "leak", 60).outcome == "broken"


def test_a_leak_is_asked_of_a_series_only() -> None:
    judged = verdict(measurement("peak_memory", [80.0] * 20), "leak", 60)
    assert judged.outcome == "broken"
    assert "does not go with peak_memory" in judged.reason


def test_a_saturated_load_fails_even_within_the_limit() -> None:
    words = "the rate of 50/s is above what one session serves (31/s)"
    judged = verdict(measurement("load_p95", [5.0] * 400, conditions=Conditions(saturated=words)), "at-most", 1000)
    assert judged.outcome == "failed"
    assert judged.reason == f"load_p95: {words}; the queue grows as long as they come"


def test_a_percentile_of_too_few_requests_decides_nothing() -> None:
    assert verdict(measurement("load_p99", [5.0] * 298), "at-most", 100).outcome == "inconclusive"
    assert verdict(measurement("load_p99", [5.0] * 299), "at-most", 100).outcome == "passed"


def test_failed_requests_are_a_share_with_a_bound() -> None:
    assert verdict(measurement("load_errors", [0.0] * 300), "at-most", 0.01).outcome == "passed"
    assert verdict(measurement("load_errors", [0.0] * 290 + [1.0] * 10), "at-most", 0.01).outcome == "failed"
    assert verdict(measurement("load_errors", [0.0] * 50), "at-most", 0.01).outcome == "inconclusive"


def test_energy_without_a_counter_is_broken_with_the_reason() -> None:
    reason = "no energy counter: this machine offers no RAPL package in /sys/class/powercap"
    estimated = Conditions(unavailable=reason, provenance="estimated", estimated_joules=0.01)
    judged = verdict(measurement("energy", [], conditions=estimated), "at-most", 1)
    assert judged.outcome == "broken"
    assert reason in judged.reason
