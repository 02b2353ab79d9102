"""Percentiles have bounds or no verdict; steadiness and drift are judged by theirs."""

import random

import numpy as np
import pytest

from edgeci.gates.judge import judge, may_stop_early
from edgeci.gates.misfit import misfit
from edgeci.gates.rules import RULES
from edgeci.metrics import METRICS
from edgeci.types import Conditions, Gate, Measurement, Verdict
from tests.gates.builders import gate, measurement, timing

IDLE = Conditions(contention=1.01, threads=1, seconds=20.0)
BUSY = IDLE.model_copy(update={"contention": 1.5})


def verdict(demand: Gate, *measured: Measurement) -> Verdict:
    return judge(demand, "candidate", "cpu", measured)


def singles(count: int, scale: float = 1.0, metric: str = "latency_p99", **changes: object) -> Measurement:
    """Single inferences of about 10 ms with a tail, and a baseline of the same kind."""
    dice = random.Random(count)

    def drawn() -> list[float]:
        return [10 + dice.expovariate(1) for _ in range(count)]

    measured = measurement(metric, [value * scale for value in drawn()], drawn(), conditions=IDLE)
    return measured.model_copy(update=changes)


def test_forty_samples_are_no_99th_percentile() -> None:
    judged = verdict(gate("at-most", "latency_p99", 1000), singles(40))
    assert judged.outcome == "inconclusive"
    assert judged.reason.startswith("latency_p99 n/a: 40 samples, 299 are needed")
    assert (judged.value, judged.lower, judged.upper) == (None, None, None)


def test_how_much_longer_would_do_is_said() -> None:
    assert "about 130 s more" in verdict(gate("at-most", "latency_p99", 1000), singles(40)).reason


def test_a_99th_percentile_is_judged_by_its_bounds() -> None:
    assert verdict(gate("at-most", "latency_p99", 30), singles(600)).outcome == "passed"
    assert verdict(gate("at-most", "latency_p99", 11), singles(600)).outcome == "failed"
    assert verdict(gate("at-most", "latency_p99", 14.7), singles(600)).outcome == "inconclusive"


@pytest.mark.parametrize(("metric", "enough"), [("latency_p50", 5), ("latency_p95", 59), ("latency_p99", 299)])
def test_each_percentile_has_its_own_fewest(metric: str, enough: int) -> None:
    demand = gate("at-most", metric, 1000)
    assert verdict(demand, singles(enough - 1, metric=metric)).outcome == "inconclusive"
    assert verdict(demand, singles(enough, metric=metric)).outcome == "passed"


def test_a_busy_machine_excuses_a_failure_but_not_a_pass() -> None:
    assert verdict(gate("at-most", "latency_p99", 11), singles(600, conditions=BUSY)).outcome == "inconclusive"
    assert verdict(gate("at-most", "latency_p99", 30), singles(600, conditions=BUSY)).outcome == "passed"


def test_percentiles_of_two_sides_are_compared_without_pairs() -> None:
    same, twice = singles(600), singles(600, scale=2.0)
    shorter = same.model_copy(update={"reference": same.reference[:500]})
    for measured in (same, shorter):
        assert verdict(gate("regression", "latency_p99", 0.5), measured).outcome == "passed"
    assert verdict(gate("regression", "latency_p99", 0.5), twice).outcome == "failed"
    assert verdict(gate("speed-up", "latency_p95", 1.5), singles(600, 0.5, "latency_p95")).outcome == "passed"
    assert "368 are needed" in verdict(gate("regression", "latency_p99", 0.5), singles(300)).reason


def test_a_ratio_of_equal_percentiles_hardly_ever_fails() -> None:
    generator = np.random.default_rng(12)
    outcomes = []
    for _ in range(300):
        ours, theirs = generator.lognormal(0, 0.1, size=(2, 200))
        measured = measurement("latency_p95", list(ours), list(theirs), conditions=IDLE)
        outcomes.append(verdict(gate("regression", "latency_p95", 0.0), measured).outcome)
    assert outcomes.count("failed") / 300 <= 0.05


def test_a_percentile_without_baseline_has_no_ratio() -> None:
    assert verdict(gate("regression", "latency_p99", 0.5), singles(600, reference=())).outcome == "broken"


def test_steady_rounds_are_stable_and_jumping_ones_are_not() -> None:
    assert verdict(gate("stable", "latency_cpu", 0.05), timing(1.0, 60, noise=0.01)).outcome == "passed"
    assert verdict(gate("stable", "latency_cpu", 0.05), timing(1.0, 60, noise=0.2)).outcome == "failed"
    assert verdict(gate("stable", "latency_cpu", 0.05), timing(1.0, 11)).outcome == "inconclusive"


def rising(share: float, rounds: int = 60, **changes: object) -> Measurement:
    dice = random.Random(3)
    samples = [10 * (1 + share * place / (rounds - 1)) * (1 + dice.gauss(0, 0.01)) for place in range(rounds)]
    return measurement("latency_wall", samples, [10.0] * rounds, conditions=IDLE).model_copy(update=changes)


def test_what_gets_slower_drifts() -> None:
    judged = verdict(gate("no-drift", "latency_wall", 0.05), rising(0.2))
    assert judged.outcome == "failed"
    assert "drifts by +17.5%" in judged.reason and "over 20 s" in judged.reason


def test_getting_faster_is_a_drift_too() -> None:
    assert verdict(gate("no-drift", "latency_wall", 0.05), rising(-0.2)).outcome == "failed"


def test_what_stays_does_not_drift() -> None:
    assert verdict(gate("no-drift", "latency_wall", 0.05), rising(0.0)).outcome == "passed"


def test_a_drift_near_the_limit_cannot_be_told() -> None:
    judged = verdict(gate("no-drift", "latency_wall", 0.05), rising(0.057))
    assert judged.outcome == "inconclusive"
    assert "more rounds would decide" in judged.reason or "cannot resolve it" in judged.reason


def test_on_a_busy_machine_scatter_and_drift_say_nothing_about_the_candidate() -> None:
    assert verdict(gate("no-drift", "latency_wall", 0.05), rising(0.2, conditions=BUSY)).outcome == "inconclusive"


def test_undecided_timings_say_how_long_would_decide() -> None:
    near = timing(1.03, 40, noise=0.06, conditions=Conditions(seconds=10.0))
    judged = verdict(gate("regression", "latency_cpu", 0.05), near)
    assert judged.outcome == "inconclusive"
    assert "s more would decide" in judged.reason


def test_a_limit_too_close_for_this_runner_is_said() -> None:
    exact = timing(1 / 2, 40, noise=0.05, conditions=Conditions(seconds=10.0))
    assert "this runner cannot resolve it" in verdict(gate("speed-up", "latency_cpu", 2.0), exact).reason


def test_what_is_judged_once_does_not_stop_the_clock() -> None:
    assert may_stop_early(gate("speed-up", "latency_cpu", 2.0))
    assert not may_stop_early(gate("at-most", "latency_p99", 2.0))
    assert not may_stop_early(gate("stable", "latency_cpu", 0.1))


def test_every_rule_says_what_it_goes_with() -> None:
    assert all(rule.kinds and rule.check.__doc__ for rule in RULES.values())
    for metric in METRICS.values():
        assert misfit(gate("at-most", metric.name, 0.5)) is None


@pytest.mark.parametrize(
    ("rule", "metric", "limit", "message"),
    [
        ("speed-up", "accuracy", 2.0, "does not go with accuracy; use at-least, at-most, drop, flips"),
        ("retained", "latency_cpu", 0.9, "does not go with latency_cpu"),
        ("flips", "mse", 0.1, "does not go with mse"),
        ("at-least", "latency_p99", 1.0, "does not go with latency_p99"),
        ("retained", "kl_divergence", 0.9, "a comparison already; use at-most"),
        ("flips", "accuracy", 5, "must be a share from 0 to 1"),
        ("speed-up", "latency_cpu", 0, "is no limit"),
    ],
)
def test_a_gate_that_has_no_answer_is_a_mistake(rule: str, metric: str, limit: float, message: str) -> None:
    assert message in str(misfit(gate(rule, metric, limit)))
    assert verdict(gate(rule, metric, limit), measurement(metric, [1.0] * 99, [1.0] * 99)).outcome == "broken"
