"""What is said to decide does decide: half of all samples of that size, and fewer of three quarters of it."""

import re

import numpy as np
import pytest

from edgeci.gates.judge import judge
from edgeci.types import Gate, Measurement
from tests.gates.builders import gate, measurement, predictions

SAMPLES = 150
RETAINED, DROP, FLIPS = (
    gate("retained", "accuracy", 0.95),
    gate("drop", "accuracy", 0.03),
    gate("flips", "accuracy", 0.05),
)
TRUTHS = [  # both right, only the candidate, only the baseline
    (RETAINED, (0.85, 0.02, 0.04)),
    (RETAINED, (0.7, 0.04, 0.05)),
    (RETAINED, (0.6, 0.02, 0.03)),
    (RETAINED, (0.88, 0.01, 0.03)),
    (DROP, (0.85, 0.03, 0.04)),
    (DROP, (0.7, 0.04, 0.05)),
    (DROP, (0.9, 0.01, 0.02)),
    (FLIPS, (0.85, 0.01, 0.02)),
    (FLIPS, (0.9, 0.01, 0.01)),
    (FLIPS, (0.6, 0.05, 0.03)),
]


def of_counts(counts: list[int]) -> Measurement:
    """Items that both get right, only the candidate, only the baseline, and neither."""
    ours, theirs = np.repeat([1.0, 1.0, 0.0, 0.0], counts), np.repeat([1.0, 0.0, 1.0, 0.0], counts)
    return measurement("accuracy", ours.tolist(), theirs.tolist(), labels=(1.0,) * len(ours))


def as_often_as(truth: tuple[float, ...], items: int) -> Measurement:
    counts = [round(share * items) for share in truth]
    return of_counts([*counts, items - sum(counts)])


def decided(demand: Gate, measured: Measurement) -> bool:
    return judge(demand, "candidate", "cpu", [measured]).outcome != "inconclusive"


def share_decided(demand: Gate, truth: tuple[float, ...], items: int) -> float:
    """Of samples of a truth, those that a gate can decide."""
    generator = np.random.default_rng(3)
    drawn = generator.multinomial(items, [*truth, 1 - sum(truth)], SAMPLES)
    return sum(decided(demand, of_counts(counts.tolist())) for counts in drawn) / SAMPLES


def forecast(demand: Gate, measured: Measurement) -> int:
    """Items in all, as the verdict says."""
    reason = judge(demand, "candidate", "cpu", [measured]).reason
    told = re.search(r"about (\d+) more items", reason)
    assert told is not None, reason
    return len(measured.samples) + int(told[1])


@pytest.mark.parametrize(("demand", "truth"), TRUTHS)
def test_what_is_needed_lies_within_a_quarter_of_the_forecast(demand: Gate, truth: tuple[float, ...]) -> None:
    told = forecast(demand, as_often_as(truth, 100))
    assert share_decided(demand, truth, round(0.75 * told)) < 0.5 < share_decided(demand, truth, round(1.25 * told))


def test_near_the_edge_the_forecast_is_what_the_bound_itself_needs() -> None:
    """64 items, not one lost: 24 more, where the width of the interval says 53."""
    told = forecast(gate("retained", "accuracy", 0.97), predictions(64, 0))
    assert told == pytest.approx(88, rel=0.25)
    assert decided(gate("retained", "accuracy", 0.97), predictions(told, 0))


def test_at_the_limit_no_number_of_items_is_promised() -> None:
    reason = judge(RETAINED, "candidate", "cpu", [predictions(190, 10)]).reason
    assert "too close to the limit for any sensible number of items" in reason


def test_a_metric_without_a_quick_bound_is_forecast_by_its_width() -> None:
    measured = predictions(95, 5).model_copy(update={"metric": "balanced_accuracy"})
    assert "more items" in judge(gate("retained", "balanced_accuracy", 0.93), "candidate", "cpu", [measured]).reason
