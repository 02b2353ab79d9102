"""How many more items would decide where nothing has, if they go as those that were seen."""

import math
from collections.abc import Callable
from statistics import fmean

from edgeci.gates.items import repeated
from edgeci.metrics import METRICS
from edgeci.statistics.planning import fewest, more_items, rounded
from edgeci.types import Measurement, Outcome

Bounds = Callable[[Measurement], tuple[float, float]]
"""The very bounds that judge."""
PHASES = (0.5, 0.1, 0.3, 0.7, 0.9)
"""Over which a bound is averaged: of few items a whole one more or less is much, and none of them is expected."""
MANY = 10_000


def forecast(
    outcome: Outcome,
    measurement: Measurement,
    seen: tuple[float, float, float],
    limit: float,
    bounds: Bounds,
    are_quick: bool | None = None,
    where: str = "",
) -> str:
    """A sentence's end; nothing where something has decided. `seen` are the estimate and its bounds."""
    if outcome != "inconclusive":
        return ""
    asked = is_quick(measurement.metric) if are_quick is None else are_quick
    can = asked and not measurement.clusters  # the same items again would belong to the same clusters
    more = more_alike(measurement, limit, bounds) if can else by_width(measurement, seen, limit)
    if more is None:
        return "; the bounds straddle the limit, and it is too close to the limit for any sensible number of items"
    return f"; the bounds straddle the limit, about {rounded(more)} more items{where} would decide"


def is_quick(metric: str) -> bool:
    """Whether its bounds need no bootstrap, so that they can be asked again and again."""
    return metric in ("accuracy", "agreement") or METRICS[metric].is_hit


def more_alike(measurement: Measurement, limit: float, bounds: Bounds) -> int | None:
    """Items to add until the bounds of as many alike lie on one side of the limit."""
    count = len(measurement.samples)

    def decides(items: int) -> bool:
        each = [bounds(repeated(measurement, items, phase)) for phase in (PHASES if items < MANY else PHASES[:1])]
        low, high = (fmean(side) for side in zip(*each, strict=True))
        return low >= limit or high <= limit

    needed = fewest(decides, count)
    return None if needed is None else needed - count


def by_width(measurement: Measurement, seen: tuple[float, float, float], limit: float) -> int | None:
    """For bounds that take a second each: they shrink with the square root."""
    estimate, low, high = seen
    if not math.isfinite(estimate):
        return None
    return more_items(len(measurement.samples), estimate, low if estimate >= limit else high, limit)
