"""A candidate against the baseline of the same rounds, as a ratio.

Timings are noisy, so one number cannot decide. Wholly beyond the limit fails, wholly within it passes, and anything
across it is inconclusive: the runner is too noisy, or the samples too few, to tell.
"""

import math
from statistics import median

from edgeci.gates.finding import Finding
from edgeci.metrics import METRICS
from edgeci.statistics.intervals import FIRST_LOOK, looks
from edgeci.types import Gate, Measurement, Outcome

MARGIN = 1.01
"""A failure must be beyond the limit by 1 %: two processes of one file differ by about that much."""
BUSIEST = 1.10
"""Wall time per CPU time of a one-threaded baseline, above which wall time is not judged."""


def at_least_times_better(gate: Gate, measurement: Measurement) -> Finding:
    """Speed-up: baseline / candidate (candidate / baseline where higher is better) of at least the limit."""
    outcome, low, middle, high = against(measurement, 1 / gate.limit)
    slowest, fastest = 1 / high, 1 / low if low else math.inf
    return Finding(
        outcome,
        f"{gate.metric} {1 / middle:.2f}x better ({bounds(slowest, fastest, 'x')}), limit {gate.limit:g}x"
        + remedy(outcome, measurement),
        1 / middle,
        slowest,
        fastest,
    )


def at_most_worse_by(gate: Gate, measurement: Measurement) -> Finding:
    """Regression: worse than the baseline by no more than the limit, a share (0.05 is 5 %)."""
    outcome, low, middle, high = against(measurement, 1 + gate.limit)
    change = f"{abs(middle - 1):.1%} {'worse' if middle > 1 else 'better'}"
    return Finding(
        outcome,
        f"{gate.metric} {change} ({bounds(100 * (low - 1), 100 * (high - 1), ' %')}), limit {gate.limit:.1%} worse"
        + remedy(outcome, measurement),
        middle - 1,
        low - 1,
        high - 1,
    )


def at_least_less_by(gate: Gate, measurement: Measurement) -> Finding:
    """Reduction: smaller than the baseline by at least the limit, a share (0.5 is 50 %)."""
    outcome, low, middle, high = against(measurement, 1 - gate.limit)
    baseline, measured = median(measurement.reference), median(measurement.samples)
    return Finding(
        outcome,
        f"{gate.metric} {1 - middle:.0%} less ({baseline:.2f} -> {measured:.2f} {measurement.unit}), "
        f"limit {gate.limit:.0%}" + remedy(outcome, measurement),
        1 - middle,
        1 - high,
        1 - low,
    )


def against(measurement: Measurement, limit: float) -> tuple[Outcome, float, float, float]:
    """Outcome, lower bound, median and upper bound of the cost ratio: less is better, `limit` may just be reached."""
    sign = 1 if measurement.better == "lower" else -1
    both = zip(measurement.samples, measurement.reference, strict=True)
    pairs = [sign * math.log(ours / theirs) for ours, theirs in both]
    decide = sequential if METRICS[measurement.metric].kind == "timing" else unanimous
    outcome, low, high = decide(pairs, math.log(limit) if limit > 0 else -math.inf)
    if too_busy(measurement):
        outcome = "inconclusive"
    return outcome, math.exp(low), math.exp(median(pairs)), math.exp(high)


def too_busy(measurement: Measurement) -> bool:
    """Whether other work on the machine makes wall time worthless: its ratio to CPU time on one thread tells."""
    contention = measurement.conditions.get("contention")
    return (
        measurement.metric in ("latency_wall", "throughput")
        and measurement.conditions.get("threads") == 1
        and isinstance(contention, (int, float))
        and contention > BUSIEST
    )


def sequential(pairs: list[float], limit: float) -> tuple[Outcome, float, float]:
    """The first look whose interval lies wholly on one side decides; without one, the last look's interval."""
    low, high = -math.inf, math.inf
    for _, low, high in looks(pairs):
        if high <= limit:
            return "passed", low, high
        if low > limit + math.log(MARGIN):
            return "failed", low, high
    return "inconclusive", low, high


def unanimous(pairs: list[float], limit: float) -> tuple[Outcome, float, float]:
    """For the few samples of a size or a memory peak, which repeat closely: all must agree."""
    low, high = min(pairs), max(pairs)
    if high <= limit:
        return "passed", low, high
    return ("failed" if low > limit else "inconclusive"), low, high


def bounds(low: float, high: float, unit: str) -> str:
    if not (math.isfinite(low) and math.isfinite(high)) or high > 1e6:
        return "no bound yet"
    return f"bounds {low:.2f}..{high:.2f}{unit}"


def remedy(outcome: Outcome, measurement: Measurement) -> str:
    """What would decide, where nothing has."""
    if outcome != "inconclusive":
        return ""
    if METRICS[measurement.metric].kind != "timing":
        return "; the processes disagree, free the machine and measure again"
    if too_busy(measurement):
        busy = measurement.conditions["contention"]
        return f"; the machine is busy (wall {busy:.2f}x CPU time): free it, or gate on latency_cpu"
    count = len(measurement.samples)
    if count < FIRST_LOOK:
        return f"; {count} rounds, at least {FIRST_LOOK} are needed: raise budget.seconds"
    return f"; undecided after {count} rounds: raise budget.seconds or use a quieter runner"
