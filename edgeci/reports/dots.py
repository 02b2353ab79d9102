"""The candidates as dots on the plot, each with its label where that is in nobody's way."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from edgeci.reports.boxes import Box, crowding
from edgeci.reports.characters import one_line, shortened
from edgeci.reports.number_text import megabytes_text, quality_text, speed_up_text
from edgeci.reports.rows import CandidateRow

LARGEST_RADIUS, SMALLEST_RADIUS = 24.0, 5.0
LETTER_WIDTH, LINE_HEIGHT = 6.9, 15.0
LONGEST_LABEL = 40


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
