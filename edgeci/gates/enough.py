"""How many items a gate needs before anything could pass it: a candidate that changes not one answer is asked.

Fewer items can still fail a candidate, and never pass one; that is known before anything is made or measured.
"""

import math
from collections.abc import Callable
from functools import cache

from edgeci.gates.forecast import Bounds, is_quick
from edgeci.gates.item_bounds import CONFIDENCE, bounds_flipped, bounds_kept, bounds_lost
from edgeci.metrics import METRICS, is_quality
from edgeci.statistics.planning import fewest
from edgeci.statistics.quality_bounds import own_bounds
from edgeci.types import Gate, Measurement

FEWEST_ITEMS = 64
"""Below it no rule decides anything of items."""
FEWEST_CLUSTERS = 30
"""Likewise: of fewer, their spread is not known (Cameron & Miller 2015, Journal of Human Resources 50(2), VI)."""
DIGITS = 4
"""Of a limit that is proposed instead."""


def bounds_own(measurement: Measurement) -> tuple[float, float]:
    return own_bounds(measurement, CONFIDENCE)


AT_LEAST: dict[str, Bounds] = {"retained": bounds_kept, "worst-slice": bounds_kept, "at-least": bounds_own}
"""Rules whose lower bound must reach the limit."""
AT_MOST: dict[str, Bounds] = {"drop": bounds_lost, "flips": bounds_flipped}
"""Rules whose upper bound must."""


def shortfall(gate: Gate, items: int) -> str | None:
    """Why so many items cannot pass even an unchanged candidate, and what would help; None where they can."""
    if not is_quality(gate.metric):
        return None
    needed = fewest_items(gate)
    if needed is None:
        return f"no number of items can show it{instead(gate, items, '; ')}"
    if items >= needed:
        return None
    if items < FEWEST_ITEMS:
        return f"{items} items decide nothing; bring at least {needed}"
    return (
        f"{items} items cannot show it even of a candidate that changes not one answer; "
        f"bring at least {needed}{instead(gate, items, ', or ')}"
    )


def fewest_items(gate: Gate, quality: float = 1.0) -> int | None:
    """Items with which a candidate passes that answers all as the baseline does; None where no number would do.

    `quality` is the share of the items that the baseline gets right: where it is less, more are needed. Of what has no
    quick bound, and where the candidate must be better than the baseline, only FEWEST_ITEMS are known to be needed.
    """
    if not is_known(gate):
        return FEWEST_ITEMS
    return fewest_alike(gate.rule, gate.metric, gate.limit, quality)


def is_known(gate: Gate) -> bool:
    if gate.rule == "drop" and gate.limit < 0:
        return False
    if gate.rule == "flips":
        return METRICS[gate.metric].kind == "class"
    return gate.rule in (*AT_LEAST, *AT_MOST) and is_quick(gate.metric)


@cache
def fewest_alike(rule: str, metric: str, limit: float, quality: float) -> int | None:
    def passes(items: int) -> bool:
        bound = best_bound(rule, metric, items, quality)
        return bound >= limit if rule in AT_LEAST else bound <= limit

    return fewest(passes, FEWEST_ITEMS - 1, precision=0)


def best_bound(rule: str, metric: str, items: int, quality: float = 1.0) -> float:
    """What so many items can show at best."""
    measurement = unchanged(metric, items, quality)
    return AT_LEAST[rule](measurement)[0] if rule in AT_LEAST else AT_MOST[rule](measurement)[1]


def unchanged(metric: str, items: int, quality: float) -> Measurement:
    """Of a candidate that gives the baseline's answers."""
    right = round(items * quality)
    answers = (1.0,) * right + (0.0,) * (items - right)
    return Measurement(
        candidate="",
        target="any",
        metric=metric,
        unit=METRICS[metric].unit,
        better=METRICS[metric].better,
        samples=answers,
        reference=answers,
        labels=(1.0,) * items,
    )


def instead(gate: Gate, items: int, comma: str) -> str:
    """The strictest limit that so many items can show."""
    if not is_known(gate) or items < FEWEST_ITEMS:
        return ""
    turn: Callable[[float], float] = math.floor if gate.rule in AT_LEAST else math.ceil
    scale = 10**DIGITS
    return f"{comma}set the limit to {turn(best_bound(gate.rule, gate.metric, items) * scale) / scale:g}"
