"""What would decide: how many more samples until an interval fits beside the limit, from what is seen so far.

A forecast for people, never part of a verdict.
"""

import math
from collections.abc import Callable
from statistics import NormalDist, median

from edgeci.statistics.intervals import LOOKS, looks, spent

MOST_ITEMS = 100_000
PRECISION = 50
"""A search ends within this part of the number: nobody should read more into a forecast."""


def fewest(enough: Callable[[int], bool], known: int, most: int = MOST_ITEMS, precision: int = PRECISION) -> int | None:
    """The smallest number above `known`, which is not enough, that is; None where `most` is not either.

    Doubling, then bisection: the interval itself is asked, because near an edge its width does not go with
    1 / sqrt(n). A precision of 0 finds the very number.
    """
    low, high = known, max(1, 2 * known)
    while not enough(min(high, most)):
        if high >= most:
            return None
        low, high = high, 2 * high
    high = min(high, most)
    while high - low > max(1, high // precision if precision else 1):
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def more_items(count: int, estimate: float, bound: float, limit: float) -> int | None:
    """Samples to add until the bound on the limit's side reaches the limit; None where no sensible number would do.

    By the width of an interval, which goes with 1 / sqrt(n): for bounds that are too slow to be asked again and again.
    """
    distance, width = abs(estimate - limit), abs(estimate - bound)
    if distance == 0 or not math.isfinite(width / distance):
        return None
    more = math.ceil(count * ((width / distance) ** 2 - 1))
    return more if 0 < more <= MOST_ITEMS else None


def more_rounds(values: list[float], limit: float, beyond: float) -> int | None:
    """Rounds to add until a look's interval lies at or below `limit` or above `beyond`; None where no look will do.

    The spread per round is read off the last look's interval, whose half-widths are z(alpha) s / sqrt(n).
    """
    reached = looks(values)
    if not reached:
        return LOOKS[0] - len(values)
    count, low, high = reached[-1]
    middle = median(values[:count])
    towards_limit, width = (limit - middle, high - middle) if middle <= limit else (middle - beyond, middle - low)
    if towards_limit <= 0 or not math.isfinite(width):
        return None
    spread = width * math.sqrt(count) / quantile(len(reached) - 1)
    for look in range(len(reached), len(LOOKS)):
        if quantile(look) * spread / math.sqrt(LOOKS[look]) <= towards_limit:
            return LOOKS[look] - len(values)
    return None


def quantile(look: int) -> float:
    """The normal quantile of one side of a look's share of the error budget."""
    return NormalDist().inv_cdf(1 - spent(look) / 2)


def rounded(number: float) -> int:
    """Two leading digits, up: nobody should read more into a forecast."""
    if number < 10:
        return math.ceil(number)
    step = int(10 ** (math.floor(math.log10(number)) - 1))
    return math.ceil(number / step) * step
