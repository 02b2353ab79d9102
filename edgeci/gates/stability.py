"""Does it take the same time every time, and the same at the end as at the beginning?

Judged on the medians of the rounds, in the order they were taken; a soak feeds longer series to the same rules.
"""

from edgeci.gates.finding import Finding
from edgeci.gates.ratio import busy_note, too_busy
from edgeci.statistics.intervals import FIRST_LOOK
from edgeci.statistics.planning import more_items, rounded
from edgeci.statistics.trend import drift, variation
from edgeci.types import Gate, Measurement, Outcome

CONFIDENCE = 0.95
VARIATION_CONFIDENCE = 0.99
"""What the bootstrap must be asked for to cover 95 % also where the times are skewed, as times are: asked for 95 % it
covers 91 % of lognormal times that vary by 30 %, asked for 97.5 % it covers 93 %."""


def stable(gate: Gate, measurement: Measurement) -> Finding:
    """Coefficient of variation (deviation / mean) of the rounds of at most the limit, 0.05 for 5 %."""
    rounds = len(measurement.samples)
    if rounds < FIRST_LOOK:
        return too_few(gate, rounds)
    value, low, high = variation(measurement.samples, VARIATION_CONFIDENCE)
    outcome: Outcome = "passed" if high <= gate.limit else "failed" if low > gate.limit else "inconclusive"
    reason = (
        f"{gate.metric} varies by {value:.1%} from round to round (95 % bounds {low:.1%}..{high:.1%}, "
        f"{rounds} rounds), limit {gate.limit:.1%}"
    )
    return finding(gate, measurement, outcome, reason, (value, low, high), high if value <= gate.limit else low)


def no_drift(gate: Gate, measurement: Measurement) -> Finding:
    """Change from the first round to the last, as a share of the median: within the limit either way.

    Over the run that was measured, not per hour: seconds say nothing about hours.
    """
    rounds = len(measurement.samples)
    if rounds < FIRST_LOOK:
        return too_few(gate, rounds)
    value, low, high = drift(measurement.samples, CONFIDENCE)
    outcome: Outcome = "inconclusive"
    if -gate.limit <= low and high <= gate.limit:
        outcome = "passed"
    elif low > gate.limit or high < -gate.limit:
        outcome = "failed"
    reason = (
        f"{gate.metric} drifts by {value:+.1%} over {duration(measurement)} (95 % bounds {low:+.1%}..{high:+.1%}, "
        f"{rounds} rounds), limit {gate.limit:.1%}"
    )
    magnitude, bound = abs(value), max(abs(low), abs(high)) if abs(value) <= gate.limit else min(abs(low), abs(high))
    return finding(gate, measurement, outcome, reason, (value, low, high), bound, magnitude)


def duration(measurement: Measurement) -> str:
    """How long the series is, where it is known."""
    interval, seconds = measurement.conditions.interval_seconds, measurement.conditions.seconds
    if interval is not None:
        seconds = interval * (len(measurement.samples) - 1)
    return f"{seconds:.0f} s" if seconds is not None else "the run"


def finding(
    gate: Gate,
    measurement: Measurement,
    outcome: Outcome,
    reason: str,
    numbers: tuple[float, float, float],
    bound: float,
    magnitude: float | None = None,
) -> Finding:
    """A busy machine scatters and drifts by itself, so there a failure says nothing about the candidate."""
    if outcome == "failed" and too_busy(measurement):
        return Finding("inconclusive", reason + busy_note(measurement), *numbers)
    if outcome == "inconclusive":
        size = numbers[0] if magnitude is None else magnitude
        more = more_items(len(measurement.samples), size, bound, gate.limit)
        reason += (
            "; this runner cannot resolve it" if more is None else f"; about {rounded(more)} more rounds would decide"
        )
    return Finding(outcome, reason, *numbers)


def too_few(gate: Gate, rounds: int) -> Finding:
    return Finding("inconclusive", f"{gate.metric}: {rounds} rounds, at least {FIRST_LOOK} are needed")
