"""Bounds of quality keep their promise even where no item was seen to change."""

import numpy as np
import pytest

from edgeci.statistics.confusion import CLASS_METRICS, confusion
from edgeci.statistics.quality_bounds import kept_bounds, lost_bounds, own_bounds
from edgeci.types import Measurement
from tests.gates.builders import measurement, predictions


def as_metric(metric: str, measured: Measurement) -> Measurement:
    return measured.model_copy(update={"metric": metric})


@pytest.mark.parametrize("metric", ["accuracy", "balanced_accuracy", "f1_macro", "mcc"])
def test_64_items_without_a_flip_leave_room_for_some_percent(metric: str) -> None:
    measured = as_metric(metric, predictions(60, 4, baseline_right=60))
    low, high = kept_bounds(measured, 0.95)
    assert 0.85 < low < 0.97 and high > 1.02
    worse, better = lost_bounds(measured, 0.95)
    assert better > 0.02 and worse < -0.02


def test_agreement_is_bounded_as_the_share_it_is() -> None:
    same = measurement("agreement", [1.0] * 64, [1.0] * 64)
    assert kept_bounds(same, 0.95) == (pytest.approx(0.05 ** (1 / 64)), 1.0)
    assert lost_bounds(same, 0.95) == (0.0, pytest.approx(1 - 0.05 ** (1 / 64)))


@pytest.mark.slow
@pytest.mark.parametrize("metric", ["balanced_accuracy", "f1_macro", "mcc"])
@pytest.mark.parametrize("count", [64, 200])
def test_the_bounds_of_a_class_metric_cover_95_percent(
    metric: str, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four classes of very different size; truth from a million items."""
    monkeypatch.setattr("edgeci.statistics.resampling.RESAMPLES", 400)
    generator = np.random.default_rng(9)

    def drawn(items: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        labels = generator.choice(4, items, p=[0.4, 0.3, 0.2, 0.1])
        theirs = np.where(generator.random(items) < 0.92, labels, (labels + 1) % 4)
        ours = np.where(generator.random(items) < 0.97, theirs, (labels + generator.integers(0, 4, items)) % 4)
        return labels, ours, theirs

    labels, ours, theirs = drawn(1_000_000)
    truth = [CLASS_METRICS[metric](confusion(labels, guess, 4)) for guess in (ours, theirs)]
    covered = []
    for _ in range(250):
        labels, ours, theirs = (list(map(float, each)) for each in drawn(count))
        measured = as_metric(metric, measurement("accuracy", ours, theirs, labels=tuple(labels)))
        low, high = kept_bounds(measured, 0.95)
        own_low, own_high = own_bounds(measured, 0.95)
        share = truth[0] / truth[1]
        covered.append([low <= share, high >= share, own_low <= truth[0], own_high >= truth[0]])
    assert (np.mean(covered, axis=0) >= 0.93).all(), np.mean(covered, axis=0)
