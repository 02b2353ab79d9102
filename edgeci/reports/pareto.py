"""Where everything goes in the quality over latency plot: numbers in, coordinates out."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from edgeci.reports.axes import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Axis, Tick, latency_axis, quality_axis, ticks
from edgeci.reports.boxes import Box
from edgeci.reports.dots import Dot, place_labels
from edgeci.reports.number_text import quality_text
from edgeci.reports.rows import CandidateRow, CandidateTable


@dataclass(frozen=True)
class Plot:
    dots: tuple[Dot, ...]
    front: str
    """SVG path of the candidates that no other beats in both quality and latency."""
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    x_title: str
    y_title: str
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    bottom: int = HEIGHT - BOTTOM


def plot(table: CandidateTable) -> Plot | None:
    """None where no candidate has both quality and latency."""
    rows = [row for row in table.rows if row.latency_ms and finite(row.quality) and finite(row.latency_ms)]
    if not rows:
        return None
    latencies, qualities = [row.latency_ms or 0.0 for row in rows], [row.quality or 0.0 for row in rows]
    x, y = latency_axis(latencies), quality_axis(qualities, table.higher_is_better)
    metric = table.quality_metric
    direction = "" if table.higher_is_better else ", lower is better"
    centers = [(x(latency), y(quality)) for latency, quality in zip(latencies, qualities, strict=True)]
    corners = front_corners(rows, x, y, table.higher_is_better)
    return Plot(
        dots=place_labels(rows, centers, front_boxes(corners), metric),
        front="M" + "L".join(f"{across:.1f} {down:.1f}" for across, down in corners),
        x_ticks=tuple(Tick(x(value), f"{value:.4g}") for value in ticks(x)),
        y_ticks=tuple(Tick(y(value), quality_text(value, metric)) for value in ticks(y)),
        x_title=f"{table.latency_metric} in ms, lower is better" + (" (logarithmic)" if x.logarithmic else ""),
        y_title=f"{table.quality_title}{direction}",
    )


def finite(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def front_corners(rows: Sequence[CandidateRow], x: Axis, y: Axis, higher_is_better: bool) -> list[tuple[float, float]]:
    """A staircase along the undominated, fastest first, from the bottom of the plot to its right edge."""
    sign = 1 if higher_is_better else -1
    best, corners = -math.inf, []
    level: float = HEIGHT - BOTTOM
    for latency, quality in sorted(((row.latency_ms or 0.0, row.quality or 0.0) for row in rows), key=lambda p: p[0]):
        if sign * quality > best:
            best = sign * quality
            corners += [(x(latency), level), (x(latency), y(quality))]
            level = y(quality)
    return [*corners, (WIDTH - RIGHT, level)]


def front_boxes(corners: Sequence[tuple[float, float]]) -> list[Box]:
    """The staircase as thin boxes, for labels to keep off."""
    return [
        Box(min(a[0], b[0]) - 2, min(a[1], b[1]) - 2, max(a[0], b[0]) + 2, max(a[1], b[1]) + 2)
        for a, b in pairwise(corners)
    ]
