"""A candidate's own value against a fixed limit, in the metric's unit."""

import math

from edgeci.gates.finding import Finding
from edgeci.gates.quality import FEWEST_ITEMS, more_items, own_bounds, too_few
from edgeci.gates.ratio import remedy
from edgeci.metrics import METRICS
from edgeci.statistics.estimates import estimate
from edgeci.statistics.intervals import looks
from edgeci.types import Gate, Measurement, Outcome


def at_most(gate: Gate, measurement: Measurement) -> Finding:
    """The whole interval at or below the limit passes, the whole interval above it fails."""
    low, high = interval(measurement)
    return finding(gate, measurement, low, high, high <= gate.limit, low > gate.limit)


def at_least(gate: Gate, measurement: Measurement) -> Finding:
    """The whole interval at or above the limit passes, the whole interval below it fails."""
    low, high = interval(measurement)
    return finding(gate, measurement, low, high, low >= gate.limit, high < gate.limit)


def interval(measurement: Measurement) -> tuple[float, float]:
    """The last look's interval of a timing, one-sided 95 % bounds of a quality, the range of a resource."""
    kind = METRICS[measurement.metric].kind
    if kind == "timing":
        reached = looks(measurement.samples)
        return reached[-1][1:] if reached else (-math.inf, math.inf)
    if kind == "resource":
        return min(measurement.samples), max(measurement.samples)
    return own_bounds(measurement)


def finding(gate: Gate, measurement: Measurement, low: float, high: float, passed: bool, failed: bool) -> Finding:
    quality = METRICS[gate.metric].kind in ("class", "error")
    if quality and len(measurement.samples) < FEWEST_ITEMS:
        return too_few(gate, len(measurement.samples))
    outcome: Outcome = "passed" if passed else "failed" if failed else "inconclusive"
    unit = "" if measurement.unit in ("share", "coefficient") else f" {measurement.unit}"
    middle = estimate(measurement)
    return Finding(
        outcome,
        f"{gate.metric} {middle:.4g}{unit} (bounds {low:.4g}..{high:.4g}), limit {gate.rule} {gate.limit:g}{unit}"
        + (more_items(outcome) if quality else remedy(outcome, measurement)),
        middle,
        low,
        high,
    )
