"""Exact, distribution-free bounds for quantiles such as p95 and p99, or none where there are too few samples.

Exact for independent samples. Timings taken one after the other are not: the bounds of contiguous ones cover 33-45 %
instead of 95 %. So the benchmark keeps only a few of each block and spreads the blocks over the whole run.
"""

import math
from collections.abc import Sequence

import numpy as np


def fewest_for_upper_bound(quantile: float, confidence: float = 0.95) -> int:
    """Samples below which even the largest is no upper bound: 1 - quantile^n >= confidence; 59 for p95, 299 for p99.

    Wilks (1941), Annals of Mathematical Statistics 12(1).
    """
    return math.ceil(math.log(1 - confidence) / math.log(quantile))


def quantile_bounds(values: Sequence[float], quantile: float, confidence: float = 0.95) -> tuple[float, float]:
    """One-sided lower and upper bounds of a quantile; infinite where no order statistic is one.

    The number of samples below the quantile is Binomial(n, quantile) (David & Nagaraja, Order Statistics, 7.1), so
    x(r) is an upper bound where P(Binomial <= r - 1) >= confidence, and a lower one where P(Binomial >= r) is.
    """
    from scipy.stats import binom

    ordered, count = sorted(values), len(values)
    upper = int(binom.ppf(confidence, count, quantile)) + 1 if count else 1
    lower = int(binom.ppf(1 - confidence, count, quantile)) if count else 0
    while lower > 0 and binom.sf(lower - 1, count, quantile) < confidence:
        lower -= 1
    return (
        ordered[lower - 1] if lower > 0 else -math.inf,
        ordered[upper - 1] if upper <= count else math.inf,
    )


def quantile_estimate(values: Sequence[float], quantile: float) -> float | None:
    """The sample quantile (Hyndman & Fan 1996, type 1); None where there are too few samples for an upper bound."""
    if len(values) < fewest_for_upper_bound(quantile):
        return None
    return float(np.quantile(values, quantile, method="inverted_cdf"))


def spread_evenly(values: Sequence[float], most: int) -> list[float]:
    """At most so many values, as far apart as they were taken, so that neighbours have least in common."""
    if len(values) <= most:
        return list(values)
    return [values[(2 * place + 1) * len(values) // (2 * most)] for place in range(most)]
