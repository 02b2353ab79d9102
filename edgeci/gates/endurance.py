"""What only a load or a soak can show: a queue that grows, and memory that is never given back."""

from statistics import median

from edgeci.gates.finding import Finding
from edgeci.statistics.intervals import FIRST_LOOK
from edgeci.statistics.trend import drift
from edgeci.types import Gate, Measurement, Outcome

CONFIDENCE = 0.95
SECONDS_AN_HOUR = 3600


def leak(gate: Gate, measurement: Measurement) -> Finding:
    """Growth of at most the limit an hour, in the metric's unit: the bound of the Theil-Sen slope decides."""
    moments, interval = len(measurement.samples), measurement.conditions.interval_seconds
    if moments < FIRST_LOOK:
        return Finding("inconclusive", f"{gate.metric}: {moments} moments, at least {FIRST_LOOK} are needed")
    if interval is None:
        return Finding("broken", f"{gate.metric}: not a series at regular times (no interval_seconds)")
    value, low, high = hourly(measurement, interval)
    outcome: Outcome = "passed" if high <= gate.limit else "failed" if low > gate.limit else "inconclusive"
    unit, seconds = measurement.unit, interval * moments
    reason = (
        f"{gate.metric} grows by {value:.3g} {unit}/h (95 % bounds {low:.3g}..{high:.3g}, over {seconds:.0f} s), "
        f"limit {gate.limit:g} {unit}/h"
    )
    return Finding(
        outcome, reason + ("; a longer soak would decide" if outcome == "inconclusive" else ""), value, low, high
    )


def hourly(measurement: Measurement, interval_seconds: float) -> tuple[float, float, float]:
    """Slope an hour and its one-sided bounds. The samples are not zero: judging refuses those before."""
    middle = median(measurement.samples)
    shifted = [sample - middle + 1.0 for sample in measurement.samples]  # median 1: a share of it is the unit itself
    hours = interval_seconds * (len(shifted) - 1) / SECONDS_AN_HOUR
    value, low, high = (change / hours for change in drift(shifted, CONFIDENCE))
    return value, low, high


def overloaded(gate: Gate, measurement: Measurement) -> Finding | None:
    """Requests that come faster than they are served wait ever longer: no percentile of a short run describes that."""
    saturated = measurement.conditions.saturated
    if not saturated:
        return None
    return Finding("failed", f"{gate.metric}: {saturated}; the queue grows as long as they come")
