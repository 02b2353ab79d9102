"""A candidate's own value against a fixed limit, in the metric's unit."""

import math

from edgeci.gates.finding import Finding
from edgeci.gates.forecast import forecast
from edgeci.gates.item_bounds import CONFIDENCE
from edgeci.gates.page_noise import noise_mb
from edgeci.gates.quality import too_few as too_few_items
from edgeci.gates.ratio import busy_note, disagreement, too_busy, too_few, undecided
from edgeci.metrics import METRICS, QUALITY_KINDS
from edgeci.statistics.estimates import estimate
from edgeci.statistics.intervals import looks, share_bounds
from edgeci.statistics.quality_bounds import own_bounds
from edgeci.statistics.quantiles import fewest_for_upper_bound, quantile_bounds
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
    """The last look's interval of a timing, the range of a resource, one-sided 95 % bounds of all else."""
    metric = METRICS[measurement.metric]
    if metric.quantile is not None:
        return quantile_bounds(measurement.samples, metric.quantile, CONFIDENCE)
    if metric.kind == "event":
        return share_bounds(round(sum(measurement.samples)), len(measurement.samples), CONFIDENCE)
    if metric.kind in ("timing", "series"):
        reached = looks(measurement.samples)
        return reached[-1][1:] if reached else (-math.inf, math.inf)
    if metric.kind == "resource":
        noise = noise_mb(measurement)
        return max(0.0, min(measurement.samples) - noise), max(measurement.samples) + noise
    return own_bounds(measurement, CONFIDENCE)


def finding(gate: Gate, measurement: Measurement, low: float, high: float, passed: bool, failed: bool) -> Finding:
    metric = METRICS[gate.metric]
    if metric.kind in QUALITY_KINDS and (lacking := too_few_items(gate, measurement)) is not None:
        return lacking
    if metric.quantile is not None and len(measurement.samples) < fewest_for_upper_bound(metric.quantile, CONFIDENCE):
        return too_few(measurement, CONFIDENCE)
    # On a busy machine everything takes longer, so only a failure is worth nothing.
    excused = failed and too_busy(measurement)
    outcome: Outcome = "passed" if passed else "failed" if failed and not excused else "inconclusive"
    unit = "" if measurement.unit in ("share", "coefficient") else f" {measurement.unit}"
    middle = estimate(measurement)
    return Finding(
        outcome,
        f"{gate.metric} {middle:.4g}{unit} (bounds {low:.4g}..{high:.4g}), limit {gate.rule} {gate.limit:g}{unit}",
        middle,
        low,
        high,
        remedy(outcome, measurement, gate.limit, (middle or 0.0, low, high)),
    )


def remedy(outcome: Outcome, measurement: Measurement, limit: float, numbers: tuple[float, float, float]) -> str:
    """What would decide, where nothing has."""
    if outcome != "inconclusive":
        return ""
    if too_busy(measurement):
        return busy_note(measurement)
    metric = METRICS[measurement.metric]
    if metric.kind in ("timing", "series"):
        return undecided(measurement, list(measurement.samples), limit, limit)
    if metric.kind == "resource":
        disagree = min(measurement.samples) <= limit < max(measurement.samples)
        return disagreement(measurement, disagree, noise_mb(measurement))
    if metric.kind == "percentile":
        return f"; {len(measurement.samples)} samples do not decide it, more would"
    return forecast(outcome, measurement, numbers, limit, interval)
