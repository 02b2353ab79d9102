"""Bootstrap bounds: for what has no exact interval. Seeded, so the same samples get the same verdict anywhere."""

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from edgeci.statistics.clusters import summed

Chosen = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]
RESAMPLES = 2000


def draws(count: int) -> list[Chosen]:
    """Indices of items drawn with replacement, the same every time."""
    generator = np.random.default_rng(0)
    return [generator.integers(0, count, count) for _ in range(RESAMPLES)]


def studentized_bounds(
    statistic: Callable[[Chosen], tuple[float, float]], count: int, confidence: float = 0.95
) -> tuple[float, float]:
    """One-sided bounds of a statistic that comes with its standard error: the bootstrap-t.

    Errors of order 1/n where the percentile bootstrap has 1/sqrt(n), which matters for skewed errors: Hall (1988),
    Annals of Statistics 16(3); Efron & Tibshirani, An Introduction to the Bootstrap, 12.5.
    """
    middle, error = statistic(np.arange(count))
    if math.isinf(error):
        return -math.inf, math.inf
    if error == 0 or not math.isfinite(middle):
        return middle, middle
    drawn = [statistic(chosen) for chosen in draws(count)]
    scores = [(value - middle) / spread if spread > 0 else math.copysign(math.inf, value - middle)
              for value, spread in drawn]  # fmt: skip
    low, high = np.quantile(scores, [1 - confidence, confidence], method="inverted_cdf")
    return middle - float(high) * error, middle - float(low) * error


def mean_bounds(values: Floats, confidence: float = 0.95, units: Chosen | None = None) -> tuple[float, float]:
    """One-sided bounds of the mean of (n,) values; of clusters by their number in (n,) units, where items have some."""
    sums, counts = of_units(values, units), of_units(np.ones(len(values)), units)

    def mean(chosen: Chosen) -> tuple[float, float]:
        total, number = sums[chosen], counts[chosen]
        middle = float(total.sum() / number.sum())
        return middle, standard_error((total - middle * number) / number.mean())

    return studentized_bounds(mean, len(sums), confidence)


def quotient_bounds(
    above: Floats, below: Floats, confidence: float = 0.95, units: Chosen | None = None
) -> tuple[float, float]:
    """One-sided bounds of mean(above) / mean(below) of positive paired (n,) values, on the logarithm.

    The standard error is the delta method's, from the linearized values above/mean - below/mean.
    """
    tops, bottoms = of_units(above, units), of_units(below, units)

    def logarithm(chosen: Chosen) -> tuple[float, float]:
        ours, theirs = tops[chosen], bottoms[chosen]
        top, bottom = ours.mean(), theirs.mean()
        if top <= 0 or bottom <= 0:
            return (-math.inf if top <= 0 else math.inf), 0.0
        return math.log(top / bottom), standard_error(ours / top - theirs / bottom)

    low, high = studentized_bounds(logarithm, len(tops), confidence)
    return math.exp(low), math.exp(high)


def of_units(values: Floats, units: Chosen | None) -> Floats:
    return values if units is None else summed(values, units)


def standard_error(values: Floats) -> float:
    """Of their mean; unknown of one alone, which then gives no width."""
    return float(values.std(ddof=1)) / math.sqrt(len(values)) if len(values) > 1 else math.inf


def cautious_bounds(
    pessimistic: Callable[[Chosen], float], optimistic: Callable[[Chosen], float], count: int, confidence: float = 0.95
) -> tuple[float, float]:
    """One-sided percentile bounds (Efron 1979), the lower of one statistic and the upper of another.

    For scores that have no exact bound, given with a few unseen items against or for the candidate: -ln 0.05 = 3 of
    them, as in the rule of three (Hanley & Lippman-Hand 1983, JAMA 249(13)), so that no item seen to go wrong is not
    taken for no item that can.
    """
    chosen = draws(count)
    low = np.quantile([pessimistic(each) for each in chosen], 1 - confidence, method="inverted_cdf")
    high = np.quantile([optimistic(each) for each in chosen], confidence, method="inverted_cdf")
    return float(low), float(high)
