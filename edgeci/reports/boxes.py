"""Outlines on a plot, and how much they hide of each other."""

from collections.abc import Sequence
from dataclasses import dataclass

from edgeci.reports.axes import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH


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


def crowding(box: Box, taken: Sequence[Box], labels: Sequence[Box]) -> float:
    """Area covered of what is there; worse, area of other labels; worst, area outside the plot."""
    inside = Box(LEFT + 2, TOP, WIDTH - RIGHT, HEIGHT - BOTTOM - 2)
    area = (box.right - box.left) * (box.bottom - box.top)
    hidden = sum(box.overlap(other) for other in taken) + 4 * sum(box.overlap(other) for other in labels)
    return hidden + 10 * max(0.0, area - box.overlap(inside))
