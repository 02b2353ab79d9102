"""Bounds of a number of a whole set keep their promise, and leave room for what nobody has seen."""

import numpy as np
import pytest

from edgeci.statistics.quality_bounds import kept_bounds, lost_bounds, own_bounds
from edgeci.types import Measurement
from tests.gates.builders import measurement

Row = tuple[float, ...]


def of_rows(metric: str, ours: list[Row], theirs: list[Row], better: str = "higher") -> Measurement:
    blank = [0.0] * len(ours)
    return measurement(metric, blank, blank).model_copy(
        update={"rows": tuple(ours), "reference_rows": tuple(theirs), "better": better}
    )


SAME: dict[str, list[Row]] = {
    "mean_iou": [(0.0, 60.0, 55.0, 50.0, 1.0, 40.0, 45.0, 35.0)] * 64,
    "cer": [(1.0, 10.0)] * 64,
    "roc_auc": [(float(place), float(place % 2)) for place in range(64)],
    "map_50": [(1.0, 0.0, 0.0, 0.9, 1023.0)] * 64,
    "multilabel_f1_macro": [(0.0, 1.0, 1.0, 1.0)] * 64,
}


@pytest.mark.parametrize("metric", SAME)
def test_64_items_without_a_change_leave_room_for_some_percent(metric: str) -> None:
    same = of_rows(metric, SAME[metric], SAME[metric], "lower" if metric == "cer" else "higher")
    low, high = kept_bounds(same, 0.95)
    assert 0.5 < low < 0.99 and high >= 1
    least, most = lost_bounds(same, 0.95)
    assert least <= 0 < most


def test_an_error_rate_that_doubles_keeps_half() -> None:
    theirs, ours = [(1.0, 10.0)] * 400, [(2.0, 10.0)] * 400
    low, high = kept_bounds(of_rows("cer", ours, theirs, "lower"), 0.95)
    assert low < 0.5 < high < 0.6
    least, most = lost_bounds(of_rows("cer", ours, theirs, "lower"), 0.95)
    assert least < 0.1 < most


def test_one_class_alone_in_a_draw_counts_against_whoever_asks() -> None:
    rows = [(0.0, 0.0)] * 63 + [(1.0, 1.0)]
    low, high = own_bounds(of_rows("roc_auc", rows, rows), 0.95)
    assert low == -np.inf and high == np.inf


@pytest.mark.slow
@pytest.mark.parametrize(("metric", "truth"), [("cer", 0.15 - 0.1), ("mean_iou", None), ("roc_auc", None)])
def test_the_bounds_cover_95_percent(metric: str, truth: float | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edgeci.statistics.resampling.RESAMPLES", 400)
    generator = np.random.default_rng(3)

    def drawn(items: int) -> tuple[list[Row], list[Row]]:
        if metric == "cer":
            lengths = generator.integers(5, 30, items)
            rates = generator.beta(1, 9, items)
            theirs = generator.binomial(lengths, rates)
            return list(zip(theirs + generator.binomial(lengths, 0.05), lengths, strict=True)), list(
                zip(theirs, lengths, strict=True)
            )
        if metric == "roc_auc":
            labels = generator.integers(0, 2, items)
            scores = generator.normal(1.5 * labels, 1)
            noisy = scores + generator.normal(0, 0.5, items)
            return list(zip(noisy, labels, strict=True)), list(zip(scores, labels, strict=True))
        true = generator.integers(20, 80, items)
        both = generator.binomial(true, generator.beta(9, 1, items))
        worse = generator.binomial(both, 0.97)
        blank = np.zeros(items)
        return (list(zip(blank, true, true, worse, strict=True)), list(zip(blank, true, true, both, strict=True)))

    def floats(rows: list[Row]) -> list[Row]:
        return [tuple(map(float, row)) for row in rows]

    better = "lower" if metric == "cer" else "higher"
    if truth is None:
        ours, theirs = map(floats, drawn(40_000))
        from edgeci.statistics.sets import value

        truth = value(metric, theirs) - value(metric, ours)
    covered = []
    for _ in range(200):
        low, high = lost_bounds(of_rows(metric, *map(floats, drawn(200)), better), 0.95)  # type: ignore[arg-type]
        covered.append([low <= truth, high >= truth])
    assert (np.mean(covered, axis=0) >= 0.93).all(), np.mean(covered, axis=0)
