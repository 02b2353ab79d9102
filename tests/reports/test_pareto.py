import random

import pytest

from edgeci.metrics import METRICS
from edgeci.reports.axes import BOTTOM, HEIGHT, Axis, ticks
from edgeci.reports.boxes import Box
from edgeci.reports.pareto import plot
from edgeci.reports.rows import CandidateRow, CandidateTable


def row(
    latency_ms: float | None, quality: float | None, title: str = "candidate", size_mb: float = 1.0
) -> CandidateRow:
    return CandidateRow(
        recipe_id=title,
        title=title,
        quality=quality,
        latency_ms=latency_ms,
        speed_up=2.0,
        size_mb=size_mb,
        memory_mb=None,
        memory_ratio=None,
        outcome="passed",
        reason=None,
        is_winner=False,
        is_baseline=False,
    )


def table(*rows: CandidateRow, metric: str = "accuracy") -> CandidateTable:
    return CandidateTable(rows, metric, "latency_cpu", higher_is_better=METRICS[metric].better == "higher")


def test_without_both_numbers_there_is_no_plot() -> None:
    assert plot(table(row(None, 0.9), row(1.0, None), row(float("nan"), 0.9))) is None


def test_better_is_up_and_faster_is_left() -> None:
    drawn = plot(table(row(1.0, 0.8), row(2.0, 0.9)))
    assert drawn is not None
    slow_and_good, fast_and_bad = drawn.dots[1], drawn.dots[0]
    assert slow_and_good.y < fast_and_bad.y
    assert slow_and_good.x > fast_and_bad.x


def test_better_is_up_for_an_error_too() -> None:
    drawn = plot(table(row(1.0, 0.8), row(2.0, 0.2), metric="mae"))
    assert drawn is not None
    assert drawn.dots[1].y < drawn.dots[0].y
    assert "lower is better" in drawn.y_title


def test_area_is_size() -> None:
    drawn = plot(table(row(1.0, 0.8, size_mb=4.0), row(2.0, 0.9, size_mb=1.0)))
    assert drawn is not None
    assert drawn.dots[0].radius == pytest.approx(2 * drawn.dots[1].radius)


def test_the_front_leaves_out_the_dominated() -> None:
    drawn = plot(table(row(1.0, 0.8), row(2.0, 0.7), row(3.0, 0.9)))
    assert drawn is not None
    assert drawn.front.startswith(f"M{drawn.dots[0].x:.1f} {HEIGHT - BOTTOM:.1f}L")
    assert f"{drawn.dots[1].x:.1f} {drawn.dots[1].y:.1f}" not in drawn.front
    assert f"{drawn.dots[2].x:.1f} {drawn.dots[2].y:.1f}" in drawn.front


def test_a_wide_range_of_latencies_is_logarithmic() -> None:
    wide, narrow = plot(table(row(1.0, 0.8), row(100.0, 0.9))), plot(table(row(1.0, 0.8), row(2.0, 0.9)))
    assert wide is not None and "logarithmic" in wide.x_title
    assert narrow is not None and "logarithmic" not in narrow.x_title


@pytest.mark.parametrize("seed", range(20))
def test_labels_of_seven_candidates_do_not_overlap(seed: int) -> None:
    dice = random.Random(seed)
    rows = [
        row(1 + 3 * dice.random(), 0.8 + 0.1 * dice.random(), f"backend method {n}", dice.random()) for n in range(7)
    ]
    drawn = plot(table(*rows))
    assert drawn is not None
    boxes = []
    for dot in drawn.dots:
        width = len(dot.label) * 6.5
        left = {"start": dot.label_x, "end": dot.label_x - width, "middle": dot.label_x - width / 2}[dot.anchor]
        boxes.append(Box(left, dot.label_y - 10, left + width, dot.label_y + 2))
    assert not [1 for n, a in enumerate(boxes) for b in boxes[:n] if a.overlaps(b)]
    assert all(box.left >= 0 and box.right <= drawn.width for box in boxes)


@pytest.mark.parametrize("low,high", [(0.9, 1.1), (0.0001, 0.0002), (3, 3000), (-1, 1)])
def test_ticks_are_few_and_inside(low: float, high: float) -> None:
    values = ticks(Axis(low, high, 0, 100))
    assert 2 <= len(values) <= 11
    assert all(low <= value <= high for value in values)
