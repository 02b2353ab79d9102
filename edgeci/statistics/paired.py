"""Is B at least a share of A, or within a distance of it, on the same items? Paired: most items go alike in both."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Successes = Sequence[bool] | npt.NDArray[np.bool_]
"""Of each item, whether it went right."""


def retained_score(candidate: Successes, baseline: Successes, share: float) -> float:
    """Score statistic z of H0: p(candidate) = share * p(baseline) for paired successes; large z: more than the share.

    Nam & Blackwelder (2002), Statistics in Medicine 21(5): the variance under H0 is share * (p01 + p10) / n with the
    cell probabilities restricted to H0, here found from the Lagrange condition.
    """
    ours, theirs = np.asarray(candidate, bool), np.asarray(baseline, bool)
    count = len(ours)
    both = int((ours & theirs).sum())
    only_ours, only_theirs = int((ours & ~theirs).sum()), int((~ours & theirs).sum())
    difference = (both + only_ours) - share * (both + only_theirs)
    discordant = restricted_discordance(both, only_ours, only_theirs, count, share)
    if discordant <= 0:
        return math.copysign(math.inf, difference) if difference else 0.0
    return difference / math.sqrt(count * share * discordant)


def restricted_discordance(both: int, only_ours: int, only_theirs: int, count: int, share: float) -> float:
    """p01 + p10 that are most likely given p11 + p01 = share * (p11 + p10)."""
    from scipy.optimize import brentq

    def constraint(multiplier: float) -> float:
        return (
            both * (1 - share) / (count + multiplier * (1 - share))
            + only_ours / (count + multiplier)
            - (share * only_theirs / (count - multiplier * share) if only_theirs else 0.0)
        )

    lowest, highest = -count * (1 - 1e-12), count / share * (1 - 1e-12)
    if constraint(highest) >= 0:
        # No baseline-only item was seen (or next to none): the constraint holds at the edge, where p10 takes the rest.
        p11, p01 = both / (count + highest * (1 - share)), only_ours / (count + highest)
        return p01 + (p11 * (1 - share) + p01) / share
    if constraint(lowest) <= 0:
        p11, p10 = both / (count + lowest * (1 - share)), only_theirs / (count - lowest * share)
        return p10 + max(0.0, share * p10 - p11 * (1 - share))
    multiplier = brentq(constraint, lowest, highest, xtol=1e-9 * count)
    return float(only_ours / (count + multiplier) + only_theirs / (count - multiplier * share))


def retained_bounds(candidate: Successes, baseline: Successes, confidence: float = 0.95) -> tuple[float, float]:
    """One-sided lower and upper bounds of p(candidate) / p(baseline), by inverting the score test."""
    from scipy.optimize import brentq
    from scipy.stats import norm

    z = float(norm.ppf(confidence))
    ours, theirs = np.asarray(candidate, bool), np.asarray(baseline, bool)

    def root(shift: float, empty: float) -> float:
        ends = (1e-6, 20.0)
        low, high = (retained_score(ours, theirs, end) - shift for end in ends)
        if low <= 0 or high >= 0:
            return empty
        return float(brentq(lambda share: retained_score(ours, theirs, share) - shift, *ends, xtol=1e-7))

    return root(z, 0.0), root(-z, math.inf)


def difference_score(candidate: Successes, baseline: Successes, difference: float) -> float:
    """Score statistic z of H0: p(candidate) - p(baseline) = difference for paired successes; large z: more than that.

    Tango (1998), Statistics in Medicine 17(8). Items that both get right or both wrong count only in n, yet even
    without any other item the statistic knows that n is finite.
    """
    ours, theirs = np.asarray(candidate, bool), np.asarray(baseline, bool)
    count, only_ours, only_theirs = len(ours), int((ours & ~theirs).sum()), int((~ours & theirs).sum())
    linear = (2 * count - only_ours + only_theirs) * difference - only_ours - only_theirs
    constant = -only_theirs * difference * (1 - difference)
    lost = (math.sqrt(linear**2 - 8 * count * constant) - linear) / (4 * count)
    variance = count * (2 * lost + difference * (1 - difference))
    distance = only_ours - only_theirs - count * difference
    if variance <= 0:
        return math.copysign(math.inf, distance) if distance else 0.0
    return distance / math.sqrt(variance)


def difference_bounds(candidate: Successes, baseline: Successes, confidence: float = 0.95) -> tuple[float, float]:
    """One-sided lower and upper bounds of p(candidate) - p(baseline), by inverting the score test."""
    from scipy.optimize import brentq
    from scipy.stats import norm

    z = float(norm.ppf(confidence))
    ours, theirs = np.asarray(candidate, bool), np.asarray(baseline, bool)

    def root(shift: float, empty: float) -> float:
        ends = (-1 + 1e-9, 1 - 1e-9)
        low, high = (difference_score(ours, theirs, end) - shift for end in ends)
        if low <= 0 or high >= 0:
            return empty
        return float(brentq(lambda share: difference_score(ours, theirs, share) - shift, *ends, xtol=1e-9))

    return root(z, -1.0), root(-z, 1.0)
