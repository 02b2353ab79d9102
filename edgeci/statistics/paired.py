"""Is B at least a share of A, or within a distance of it, on the same items? Paired: most items go alike in both."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Table:
    """Of n paired items, how many both sides get right, and how many only one: whole numbers, or an effective share."""

    both: float
    only_ours: float
    only_theirs: float
    count: float

    def scaled(self, factor: float) -> "Table":
        return Table(self.both * factor, self.only_ours * factor, self.only_theirs * factor, self.count * factor)


def table_of(candidate: Sequence[bool], baseline: Sequence[bool]) -> Table:
    ours, theirs = np.asarray(candidate, bool), np.asarray(baseline, bool)
    return Table(int((ours & theirs).sum()), int((ours & ~theirs).sum()), int((~ours & theirs).sum()), len(ours))


def retained_score(table: Table, share: float) -> float:
    """Score statistic z of H0: p(candidate) = share * p(baseline) for paired successes; large z: more than the share.

    Nam & Blackwelder (2002), Statistics in Medicine 21(5): the variance under H0 is share * (p01 + p10) / n with the
    cell probabilities restricted to H0, here found from the Lagrange condition.
    """
    difference = (table.both + table.only_ours) - share * (table.both + table.only_theirs)
    discordant = restricted_discordance(table, share)
    if discordant <= 0:
        return math.copysign(math.inf, difference) if difference else 0.0
    return difference / math.sqrt(table.count * share * discordant)


def restricted_discordance(table: Table, share: float) -> float:
    """p01 + p10 that are most likely given p11 + p01 = share * (p11 + p10)."""
    from scipy.optimize import brentq

    both, only_ours, only_theirs, count = table.both, table.only_ours, table.only_theirs, table.count

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


def retained_bounds(table: Table, confidence: float = 0.95) -> tuple[float, float]:
    """One-sided lower and upper bounds of p(candidate) / p(baseline), by inverting the score test."""
    return inverted(lambda share: retained_score(table, share), (1e-6, 20.0), (0.0, math.inf), confidence)


def difference_score(table: Table, difference: float) -> float:
    """Score statistic z of H0: p(candidate) - p(baseline) = difference for paired successes; large z: more than that.

    Tango (1998), Statistics in Medicine 17(8). Items that both get right or both wrong count only in n, yet even
    without any other item the statistic knows that n is finite.
    """
    count, only_ours, only_theirs = table.count, table.only_ours, table.only_theirs
    linear = (2 * count - only_ours + only_theirs) * difference - only_ours - only_theirs
    constant = -only_theirs * difference * (1 - difference)
    lost = (math.sqrt(linear**2 - 8 * count * constant) - linear) / (4 * count)
    variance = count * (2 * lost + difference * (1 - difference))
    distance = only_ours - only_theirs - count * difference
    if variance <= 0:
        return math.copysign(math.inf, distance) if distance else 0.0
    return distance / math.sqrt(variance)


def difference_bounds(table: Table, confidence: float = 0.95) -> tuple[float, float]:
    """One-sided lower and upper bounds of p(candidate) - p(baseline), by inverting the score test."""
    ends = (-1 + 1e-9, 1 - 1e-9)
    return inverted(lambda difference: difference_score(table, difference), ends, (-1.0, 1.0), confidence)


def inverted(
    score: Callable[[float], float], ends: tuple[float, float], empty: tuple[float, float], confidence: float
) -> tuple[float, float]:
    """Where a falling score crosses the normal quantile, above and below; `empty` where not between the ends."""
    from scipy.optimize import brentq
    from scipy.stats import norm

    z = float(norm.ppf(confidence))

    def root(shift: float, otherwise: float) -> float:
        low, high = (score(end) - shift for end in ends)
        if low <= 0 or high >= 0:
            return otherwise
        return float(brentq(lambda value: score(value) - shift, *ends, xtol=1e-8))

    return root(z, empty[0]), root(-z, empty[1])
