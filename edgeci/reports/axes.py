"""The axes of the quality over latency plot: from values to pixels, and the round values beside them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 760, 420
LEFT, RIGHT, TOP, BOTTOM = 78, 24, 24, 58
LOGARITHMIC_FROM = 8
"""Above this ratio of slowest to fastest, a linear axis would squeeze the fast ones into one spot."""


@dataclass(frozen=True)
class Tick:
    position: float
    text: str


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
