"""Distribution-free intervals for medians and exact bounds for shares."""

from collections.abc import Sequence
from functools import lru_cache

FIRST_LOOK = 12
LOOKS = (12, 18, 27, 40, 60, 90, 135, 200, 300, 450)
"""Numbers of pairs after which a decision may be taken."""
ERROR_BUDGET = 0.02
"""Two-sided chance that any of the looks' intervals misses the median."""


def spent(look: int) -> float:
    """The share of the error budget that look number `look` (from 0) may use; all looks together use it up.

    Spending it, instead of testing at 2 % each time, is what makes stopping early honest: Lan & DeMets (1983),
    Biometrika 70(3), with weights 1 / ((k+1)(k+2)), which sum to 1.
    """
    return ERROR_BUDGET / ((look + 1) * (look + 2))


@lru_cache(maxsize=1024)
def rank_for(count: int, alpha: float) -> int:
    """The largest r for which [x(r), x(n-r+1)] covers the median with 1 - alpha; 0 if none does.

    Exact for any continuous distribution (David & Nagaraja, Order Statistics, 7.1): 2 P(Binomial(n, 1/2) < r) <= alpha.
    """
    from scipy.stats import binom

    rank = int(binom.ppf(alpha / 2, count, 0.5))
    while rank > 0 and 2 * binom.cdf(rank - 1, count, 0.5) > alpha:
        rank -= 1
    return rank


def median_interval(values: Sequence[float], alpha: float) -> tuple[float, float]:
    """Exact two-sided interval for the median; infinite where n is too small for alpha."""
    rank = rank_for(len(values), alpha)
    if rank == 0:
        return (float("-inf"), float("inf"))
    ordered = sorted(values)
    return (ordered[rank - 1], ordered[-rank])


def looks(values: Sequence[float]) -> list[tuple[int, float, float]]:
    """(n, lower, upper) of the median at each look that the values reach, each at its share of the error budget."""
    return [
        (count, *median_interval(values[:count], spent(look)))
        for look, count in enumerate(LOOKS)
        if count <= len(values)
    ]


def share_bounds(successes: float, count: float, confidence: float = 0.95) -> tuple[float, float]:
    """One-sided lower and upper bounds of a share, exact (Clopper & Pearson 1934) for whole numbers."""
    from scipy.stats import beta

    alpha = 1 - confidence
    lower = beta.ppf(alpha, successes, count - successes + 1) if successes else 0.0
    upper = beta.ppf(confidence, successes + 1, count - successes) if successes < count else 1.0
    return float(lower), float(upper)
