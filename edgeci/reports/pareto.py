"""Where everything goes in the quality over latency plot: numbers in, coordinates out."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from edgeci.metrics import METRICS
from edgeci.reports.characters import one_line, shortened
from edgeci.reports.table import CandidateRow, CandidateTable, megabytes_text, quality_text, speed_up_text

WIDTH, HEIGHT = 760, 420
LEFT, RIGHT, TOP, BOTTOM = 78, 24, 24, 58
LARGEST_RADIUS, SMALLEST_RADIUS = 24.0, 5.0
LETTER_WIDTH, LINE_HEIGHT = 6.9, 15.0
LONGEST_LABEL = 26
LOGARITHMIC_FROM = 8
"""Above this ratio of slowest to fastest, a linear axis would squeeze the fast ones into one spot."""


@dataclass(frozen=True)
class Box:
    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: "Box") -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def overlap(self, other: "Box") -> float:
        if not self.overlaps(other):
            return 0.0
        return (min(self.right, other.right) - max(self.left, other.left)) * (
            min(self.bottom, other.bottom) - max(self.top, other.top)
        )


@dataclass(frozen=True)
class Dot:
    """A candidate: area is its size."""

    x: float
    y: float
    radius: float
    label: str
    label_x: float
    label_y: float
    anchor: str
    tooltip: str
    row: CandidateRow

    @property
    def is_far(self) -> bool:
        """The label stands so far off that a line must lead to it."""
        return math.hypot(self.label_x - self.x, self.label_y - self.y) > self.radius + 3 * LINE_HEIGHT


@dataclass(frozen=True)
class Tick:
    position: float
    text: str


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


@dataclass(frozen=True)
class Axis:
    """From values to pixels; `start` and `end` are the pixels of `low` and `high`."""

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool = False

    def __call__(self, value: float) -> float:
        low, high, at = (math.log(v) if self.logarithmic else v for v in (self.low, self.high, value))
        return self.start + (at - low) / (high - low) * (self.end - self.start)


def plot(table: CandidateTable) -> Plot | None:
    """None where no candidate has both quality and latency."""
    rows = [row for row in table.rows if row.latency_ms and finite(row.quality) and finite(row.latency_ms)]
    if not rows:
        return None
    latencies, qualities = [row.latency_ms or 0.0 for row in rows], [row.quality or 0.0 for row in rows]
    x, y = latency_axis(latencies), quality_axis(qualities, higher_is_better(table))
    metric = table.quality_metric
    direction = "" if higher_is_better(table) else ", lower is better"
    centers = [(x(latency), y(quality)) for latency, quality in zip(latencies, qualities, strict=True)]
    corners = front_corners(rows, x, y, higher_is_better(table))
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


def higher_is_better(table: CandidateTable) -> bool:
    return table.quality_metric is None or METRICS[table.quality_metric].better == "higher"


def latency_axis(values: Sequence[float]) -> Axis:
    low, high = min(values), max(values)
    if high / low > LOGARITHMIC_FROM:
        return Axis(low / 1.4, high * 1.6, LEFT, WIDTH - RIGHT, logarithmic=True)
    margin = 0.12 * (high - low or high)
    return Axis(max(0.0, low - margin), high + 1.5 * margin, LEFT, WIDTH - RIGHT)


def quality_axis(values: Sequence[float], higher_is_better: bool) -> Axis:
    """Better is always up."""
    low, high = min(values), max(values)
    margin = 0.16 * (high - low) or 0.05 * abs(high) or 1.0
    ends = (HEIGHT - BOTTOM, TOP) if higher_is_better else (TOP, HEIGHT - BOTTOM)
    return Axis(low - margin, high + margin, *ends)


def ticks(axis: Axis) -> list[float]:
    """About five round values inside the axis; no quality above a whole share."""
    if axis.logarithmic:
        decades = range(math.floor(math.log10(axis.low)), math.ceil(math.log10(axis.high)) + 1)
        values = [step * 10.0**decade for decade in decades for step in (1, 2, 5)]
        return [value for value in values if axis.low <= value <= axis.high]
    rough = (axis.high - axis.low) / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    return [number * step for number in range(math.ceil(axis.low / step), math.floor(axis.high / step) + 1)]


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


def place_labels(
    rows: Sequence[CandidateRow], centers: Sequence[tuple[float, float]], lines: Sequence[Box], metric: str | None
) -> tuple[Dot, ...]:
    """Each label where it covers least of the dots, the lines and the labels placed before it."""
    largest = max((row.size_mb or 0.0 for row in rows), default=0.0)
    radii = [radius(row.size_mb, largest) for row in rows]
    taken = [*lines, *(Box(x - r, y - r, x + r, y + r) for (x, y), r in zip(centers, radii, strict=True))]
    labels: list[Box] = []
    dots = []
    for row, (x, y), r in zip(rows, centers, radii, strict=True):
        label = shortened(one_line(row.title), LONGEST_LABEL)
        options = list(label_places(x, y, r, len(label) * LETTER_WIDTH))
        label_x, label_y, anchor, box = min(options, key=lambda option: crowding(option[3], taken, labels))
        labels.append(box)
        tooltip = (
            f"{row.title}: {quality_text(row.quality, metric)}, {row.latency_ms:.4g} ms, {speed_up_text(row)}, "
            f"{megabytes_text(row.size_mb)}, {row.verdict}"
        )
        dots.append(Dot(x, y, r, label, label_x, label_y, anchor, tooltip, row))
    return tuple(dots)


def radius(size_mb: float | None, largest: float) -> float:
    share = (size_mb or 0.0) / largest if largest else 0.0
    return max(SMALLEST_RADIUS, LARGEST_RADIUS * math.sqrt(share))


def label_places(x: float, y: float, r: float, width: float) -> Iterator[tuple[float, float, str, Box]]:
    """Baseline position, text anchor and outline of each place to try, the nearest first."""
    for away in (0.0, 1.0, 2.0, 3.0, 4.5, 6.0):
        shift = away * LINE_HEIGHT
        for vertical in dict.fromkeys((0.0, -shift, shift)):
            middle = y + vertical
            yield place_at(x + r + 5, middle, "start", width)
            yield place_at(x - r - 5, middle, "end", width)
        yield place_at(x, y - r - LINE_HEIGHT / 2 - 3 - shift, "middle", width)
        yield place_at(x, y + r + LINE_HEIGHT / 2 + 3 + shift, "middle", width)


def place_at(x: float, middle: float, anchor: str, width: float) -> tuple[float, float, str, Box]:
    left = {"start": x, "end": x - width, "middle": x - width / 2}[anchor]
    box = Box(left, middle - LINE_HEIGHT / 2, left + width, middle + LINE_HEIGHT / 2)
    return x, middle + 4.5, anchor, box


def crowding(box: Box, taken: Sequence[Box], labels: Sequence[Box]) -> float:
    """Area covered of what is there; worse, area of other labels; worst, area outside the plot."""
    inside = Box(LEFT + 2, TOP, WIDTH - RIGHT, HEIGHT - BOTTOM - 2)
    area = (box.right - box.left) * (box.bottom - box.top)
    hidden = sum(box.overlap(other) for other in taken) + 4 * sum(box.overlap(other) for other in labels)
    return hidden + 10 * max(0.0, area - box.overlap(inside))
