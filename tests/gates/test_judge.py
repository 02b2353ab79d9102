"""Missing, NaN, unpaired or mislabelled numbers never pass; noise is inconclusive; the sentence has the numbers."""

import math
from typing import Any

import pytest

from edgeci.gates.judge import judge
from edgeci.gates.rules import RULES
from edgeci.metrics import METRICS
from edgeci.types import Conditions, Gate, Measurement, Verdict
from tests.gates.builders import gate, measurement, predictions, timing

SPEED_UP = gate("speed-up", "latency_cpu", 2.0)
REGRESSION = gate("regression", "latency_cpu", 0.05)
RETAINED = gate("retained", "accuracy", 0.95)
REDUCTION = gate("reduction", "peak_memory", 0.5)


def verdict(demand: Gate, *measured: Measurement) -> Verdict:
    return judge(demand, "candidate", "cpu", measured)


def test_three_times_faster_passes_two_times() -> None:
    judged = verdict(SPEED_UP, timing(1 / 3, 12))
    assert judged.outcome == "passed"
    assert judged.reason.startswith("latency_cpu 3.0")
    assert judged.value == pytest.approx(3.0, rel=0.05)


def test_a_floor_makes_a_few_pages_no_regression() -> None:
    """Two runs of one small model differ by 0.1 MB, which is a large share of little."""
    floored = gate("regression", "peak_memory", 0.10).model_copy(update={"floor": 1.0})
    same = measurement("peak_memory", [0.98, 0.98, 0.97], [0.86, 0.85, 0.86])
    assert verdict(gate("regression", "peak_memory", 0.10), same).outcome == "inconclusive"
    passed = verdict(floored, same)
    assert passed.outcome == "passed"
    assert passed.reason.endswith("; 0.86 -> 0.98 MB, up to 1 MB more is none")
    assert verdict(floored, measurement("peak_memory", [30.0] * 3, [20.0] * 3)).outcome == "failed"
    assert verdict(floored, measurement("peak_memory", [1.9] * 3, [0.86] * 3)).outcome == "failed"


def test_a_floor_goes_with_pairs_only() -> None:
    for demand in (gate("reduction", "peak_memory", 0.5), gate("regression", "latency_p95", 0.05)):
        floored = demand.model_copy(update={"floor": 1.0})
        assert "a floor does not go with" in verdict(floored, measurement(demand.metric, [1.0], [1.0])).reason


def test_one_and_a_half_times_faster_fails_two_times() -> None:
    assert verdict(SPEED_UP, timing(1 / 1.5, 12)).outcome == "failed"


def test_exactly_at_the_limit_with_noise_cannot_be_told() -> None:
    judged = verdict(SPEED_UP, timing(1 / 2, 40, noise=0.05))
    assert judged.outcome == "inconclusive"
    assert "undecided after 40 rounds" in judged.reason


def test_too_few_rounds_cannot_be_told_however_clear() -> None:
    judged = verdict(SPEED_UP, timing(1 / 9, 8))
    assert judged.outcome == "inconclusive"
    assert "at least 12 are needed" in judged.reason


def test_ten_percent_slower_fails_a_five_percent_regression_gate() -> None:
    assert verdict(REGRESSION, timing(1.10, 40)).outcome == "failed"


def test_the_same_speed_passes_a_regression_gate() -> None:
    assert verdict(REGRESSION, timing(1.0, 27)).outcome == "passed"


def test_throughput_is_better_when_higher() -> None:
    demand = gate("speed-up", "throughput", 2.0)
    assert verdict(demand, timing(3.0, 12, metric="throughput")).outcome == "passed"
    assert verdict(demand, timing(1 / 3, 12, metric="throughput")).outcome == "failed"


def test_the_first_decisive_look_stays_the_answer_when_more_pairs_follow() -> None:
    long = timing(1 / 3, 60)
    short = long.model_copy(update={"samples": long.samples[:12], "reference": long.reference[:12]})
    assert verdict(SPEED_UP, short).lower == verdict(SPEED_UP, long).lower


def test_wall_time_is_not_judged_on_a_busy_machine() -> None:
    demand = gate("speed-up", "latency_wall", 2.0)
    busy = timing(1 / 3, 40, metric="latency_wall", conditions=Conditions(contention=1.4, threads=1))
    assert verdict(demand, busy).outcome == "inconclusive"
    assert "wall 1.40x CPU time" in verdict(demand, busy).reason
    unknown = timing(1 / 3, 40, metric="latency_wall", conditions=Conditions(contention=math.nan, threads=1))
    assert verdict(demand, unknown).outcome == "inconclusive"
    idle = timing(1 / 3, 40, metric="latency_wall", conditions=Conditions(contention=1.02, threads=1))
    assert verdict(demand, idle).outcome == "passed"


def test_half_the_memory_passes_and_a_little_less_fails() -> None:
    half = gate("reduction", "size", 0.5)
    assert verdict(half, measurement("size", [5.0], [10.0])).outcome == "passed"
    assert verdict(half, measurement("size", [5.1], [10.0])).outcome == "failed"
    assert verdict(REDUCTION, measurement("peak_memory", [4.5] * 3, [10.0] * 3)).outcome == "passed"
    assert verdict(REDUCTION, measurement("peak_memory", [5.6] * 3, [10.0] * 3)).outcome == "failed"


def test_memory_processes_that_disagree_cannot_be_told() -> None:
    assert verdict(REDUCTION, measurement("peak_memory", [4.0, 6.0], [10.0, 10.0])).outcome == "inconclusive"


def test_q8_is_not_half_of_float16_but_is_of_float32() -> None:
    demand = gate("reduction", "size", 0.5)
    assert verdict(demand, measurement("size", [145.0], [272.0])).outcome == "failed"
    assert verdict(demand, measurement("size", [145.0], [540.0])).outcome == "passed"


def test_accuracy_is_judged_by_its_bound_not_by_its_estimate() -> None:
    judged = verdict(RETAINED, predictions(191, 9))
    assert judged.value == pytest.approx(0.955)
    assert judged.outcome == "inconclusive"
    assert "more items would decide" in judged.reason


def test_ninety_nine_percent_of_a_thousand_passes() -> None:
    assert verdict(RETAINED, predictions(990, 10)).outcome == "passed"


def test_eighty_percent_fails() -> None:
    assert verdict(RETAINED, predictions(800, 200)).outcome == "failed"


def test_fewer_than_64_items_never_decide() -> None:
    judged = verdict(RETAINED, predictions(63, 0))
    assert judged.outcome == "inconclusive"
    assert "1 more would do" in judged.reason


def test_relative_and_absolute_are_different_questions() -> None:
    kept = predictions(475, 525, baseline_right=500)
    assert verdict(gate("retained", "accuracy", 0.97), kept).outcome == "failed"
    assert verdict(gate("drop", "accuracy", 0.05), kept).outcome == "passed"


def test_an_error_metric_is_better_when_lower() -> None:
    worse = measurement("mse", [5.0] * 200, [1.0] * 200)
    assert verdict(gate("retained", "mse", 0.95), worse).outcome == "failed"
    assert verdict(gate("drop", "mse", 0.5), worse).outcome == "failed"
    better = measurement("mse", [0.5] * 200, [1.0] * 200)
    assert verdict(gate("retained", "mse", 0.95), better).outcome == "passed"


@pytest.mark.parametrize("metric", ["balanced_accuracy", "f1_macro", "mcc"])
def test_class_metrics_of_scikit_learn_can_be_gated(metric: str) -> None:
    good = predictions(298, 2).model_copy(update={"metric": metric, "unit": METRICS[metric].unit})
    bad = predictions(150, 150).model_copy(update={"metric": metric, "unit": METRICS[metric].unit})
    assert verdict(gate("retained", metric, 0.9), good).outcome == "passed"
    assert verdict(gate("retained", metric, 0.9), bad).outcome == "failed"


def test_absolute_limits_use_bounds() -> None:
    demand = gate("at-most", "latency_cpu", 10.0)
    assert verdict(demand, timing(0.5, 12)).outcome == "passed"
    assert verdict(demand, timing(2.0, 12)).outcome == "failed"
    assert verdict(demand, timing(1.0, 12)).outcome == "inconclusive"
    assert verdict(gate("at-least", "accuracy", 0.9), predictions(99, 1)).outcome == "passed"
    assert verdict(gate("at-least", "accuracy", 0.9), predictions(91, 9)).outcome == "inconclusive"


def test_agreement_needs_no_labels() -> None:
    same = measurement("agreement", [1.0] * 200, [1.0] * 200)
    assert verdict(gate("at-least", "agreement", 0.95), same).outcome == "passed"


BROKEN: dict[str, tuple[Gate, list[Measurement]]] = {
    "a missing metric": (SPEED_UP, []),
    "another candidate's measurement": (SPEED_UP, [timing(1 / 3, 12, candidate="other")]),
    "another target's measurement": (SPEED_UP, [timing(1 / 3, 12, target="gpu")]),
    "no samples": (SPEED_UP, [measurement("latency_cpu", [], [])]),
    "a NaN sample": (SPEED_UP, [timing(1 / 3, 12, samples=(math.nan, *[1.0] * 11))]),
    "an infinite sample": (SPEED_UP, [timing(1 / 3, 12, samples=(math.inf, *[1.0] * 11))]),
    "a NaN in the baseline": (SPEED_UP, [timing(1 / 3, 12, reference=(math.nan, *[1.0] * 11))]),
    "a NaN label": (RETAINED, [predictions(100, 0, labels=(math.nan,) * 100)]),
    "a zero time": (SPEED_UP, [timing(1 / 3, 12, samples=(0.0,) * 12)]),
    "a negative time": (SPEED_UP, [timing(1 / 3, 12, samples=(-1.0,) * 12)]),
    "no baseline": (SPEED_UP, [timing(1 / 3, 12, reference=())]),
    "a shorter baseline": (SPEED_UP, [timing(1 / 3, 12, reference=(1.0,) * 11)]),
    "a flipped direction": (SPEED_UP, [timing(1 / 3, 12, better="higher")]),
    "another unit": (SPEED_UP, [timing(1 / 3, 12, unit="us")]),
    "two measurements of one metric": (SPEED_UP, [timing(1 / 3, 12), timing(1 / 9, 12)]),
    "labels of another length": (RETAINED, [predictions(100, 0, labels=(1.0,) * 99)]),
    "no labels": (RETAINED, [predictions(100, 0, labels=())]),
    "a limit that is no number": (SPEED_UP.model_copy(update={"limit": math.nan}), [timing(1 / 3, 12)]),
    "an unknown rule": (gate("faster", "latency_cpu", 2.0), [timing(1 / 3, 12)]),
    "a baseline without accuracy": (RETAINED, [predictions(0, 100, baseline_right=0)]),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_numbers_are_broken(name: str) -> None:
    demand, measured = BROKEN[name]
    judged = verdict(demand, *measured)
    assert judged.outcome == "broken", judged.reason
    assert judged.reason


def test_why_a_metric_is_missing_is_in_the_reason() -> None:
    crashed = measurement("latency_cpu", [], [], conditions=Conditions(unavailable="crashed (SIGSEGV)"))
    assert "crashed (SIGSEGV)" in verdict(SPEED_UP, crashed).reason


def every_rule() -> list[Any]:
    return [pytest.param(rule, id=rule) for rule in RULES]


@pytest.mark.parametrize("rule", every_rule())
def test_no_rule_passes_on_nothing(rule: str) -> None:
    assert verdict(gate(rule, "latency_cpu", 1.0)).outcome == "broken"
