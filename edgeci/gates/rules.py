"""What can be demanded of a metric, a rule a row. A new metric needs no rule; a new rule needs no metric."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from edgeci.gates import endurance, quality, ratio, stability, value
from edgeci.gates.finding import Finding
from edgeci.metrics import QUALITY_KINDS, Kind
from edgeci.types import Gate, Measurement

Check = Callable[[Gate, Measurement], Finding]
Limit = Literal["number", "share", "factor"]
"""In the metric's unit or as a change; from 0 to 1; times, above zero."""


@dataclass(frozen=True)
class Rule:
    """How a metric is compared with the limit."""

    name: str
    check: Check
    kinds: tuple[Kind, ...]
    """Of metric that it goes with; any other combination is a mistake in edgeci.yaml."""
    limit: Limit = "number"
    compares: bool = False
    """With the baseline's samples of the same rounds or items."""
    needs_slices: bool = False
    """Whether every item must say to which slice it belongs."""
    has_floor: bool = False
    """Whether a difference can be too small to count."""
    is_judged_once: bool = False
    """When the budget is used: looking at the samples while they come would be choosing them by their outcome."""


RELATIVE: tuple[Kind, ...] = ("timing", "resource", "percentile")
OVER_TIME: tuple[Kind, ...] = ("timing", "series")
ROWS = (
    Rule("speed-up", ratio.at_least_times_better, RELATIVE, "factor", compares=True),
    Rule("regression", ratio.at_most_worse_by, RELATIVE, compares=True, has_floor=True),
    Rule("reduction", ratio.at_least_less_by, ("timing", "resource"), "share", compares=True),
    Rule("retained", quality.retained, QUALITY_KINDS, "share", compares=True),
    Rule("drop", quality.drop, QUALITY_KINDS, compares=True),
    Rule("flips", quality.flips, ("class",), "share", compares=True),
    Rule("worst-slice", quality.worst_slice, QUALITY_KINDS, "share", compares=True, needs_slices=True),
    Rule("stable", stability.stable, OVER_TIME, "share", is_judged_once=True),
    Rule("no-drift", stability.no_drift, OVER_TIME, "share", is_judged_once=True),
    Rule("leak", endurance.leak, ("series",)),
    Rule("at-most", value.at_most, (*RELATIVE, *QUALITY_KINDS, "event", "series")),
    Rule("at-least", value.at_least, ("timing", "resource", *QUALITY_KINDS)),
)
RULES = {rule.name: rule for rule in ROWS}
