"""Bounds of metrics of a whole set, by drawing its items (or clusters) again."""

import math
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from edgeci.statistics.class_bounds import UNSEEN
from edgeci.statistics.clusters import unit_of
from edgeci.statistics.resampling import draws
from edgeci.statistics.sets import SET_METRICS, Row, Rows, SetMetric
from edgeci.types import Measurement

Floats = npt.NDArray[np.float64]
AT_ONCE = 2_000_000
"""Weights of a block of draws."""
Sides = tuple[Rows, Rows]


def set_bounds(
    measurement: Measurement, confidence: float, compare: Callable[[float, float], float]
) -> tuple[float, float]:
    """One-sided percentile bounds of a comparison of both sides, with UNSEEN items against and for the candidate.

    A draw of which nothing can be said (one class alone) counts against whoever asks.
    """
    metric = SET_METRICS[measurement.metric]
    sides = (measurement.rows, measurement.reference_rows or measurement.rows)
    weights = list(weighted(measurement, metric.draws))
    poor = comparisons(metric, supposing(metric, sides, metric.wrong, metric.right), weights, compare)
    good = comparisons(metric, supposing(metric, sides, metric.right, metric.wrong), weights, compare)
    # Where less is better, what speaks against the candidate makes its number larger.
    together = np.where(np.isnan([poor, good]), [[-math.inf], [math.inf]], np.sort([poor, good], axis=0))
    low = np.quantile(together[0], 1 - confidence, method="inverted_cdf")
    high = np.quantile(together[1], confidence, method="inverted_cdf")
    return float(low), float(high)


def weighted(measurement: Measurement, most: int) -> Iterator[Floats]:
    """Blocks of (B, 2 n) weights: how often each item was drawn, and whether it is supposed once more."""
    units = unit_of(len(measurement.samples), measurement.clusters)
    number = int(units.max()) + 1
    drawn = draws(number)[:most]
    step = max(1, AT_ONCE // (2 * len(units)))
    for first in range(0, len(drawn), step):
        block = drawn[first : first + step]
        seen = np.stack([np.bincount(chosen, minlength=number) for chosen in block])
        unseen = np.stack([np.bincount(chosen[:UNSEEN], minlength=number) for chosen in block])
        yield np.hstack((seen[:, units], unseen[:, units])).astype(np.float64)


def supposing(
    metric: SetMetric, sides: Sides, ours: Callable[[Row], Row] | None, theirs: Callable[[Row], Row] | None
) -> Sides:
    """Each side's rows, and after them what they would be on an item that nobody has seen."""
    if ours is None or theirs is None:
        return sides
    return (*sides[0], *map(ours, sides[0])), (*sides[1], *map(theirs, sides[1]))


def comparisons(
    metric: SetMetric, sides: Sides, blocks: list[Floats], compare: Callable[[float, float], float]
) -> Floats:
    """(B,) comparisons, one a draw."""
    ours, theirs = (weighed(metric, rows, blocks) for rows in sides)
    return np.array([compare(*pair) for pair in zip(ours.tolist(), theirs.tolist(), strict=True)])


def weighed(metric: SetMetric, rows: Rows, blocks: list[Floats]) -> Floats:
    ready = metric.prepare(rows)
    return np.concatenate([metric.values(ready, block[:, : len(rows)]) for block in blocks])
