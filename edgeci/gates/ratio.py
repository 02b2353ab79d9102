"""A candidate against the baseline of the same rounds, as a ratio.

Timings are noisy, so one number cannot decide. Wholly beyond the limit fails, wholly within it passes, and anything
across it is inconclusive: the runner is too noisy, or the samples too few, to tell.
"""

import math
from statistics import median

from edgeci.gates.finding import Finding
from edgeci.gates.page_noise import moved, noise_mb, noise_note
from edgeci.metrics import METRICS
from edgeci.statistics.estimates import estimate, reference_estimate
from edgeci.statistics.intervals import FIRST_LOOK, looks
from edgeci.statistics.planning import more_rounds, rounded
from edgeci.statistics.quantiles import fewest_for_upper_bound, quantile_bounds
from edgeci.types import Gate, Measurement, Outcome

MARGIN = 1.01
"""A failure must be beyond the limit by 1 %: two processes of one file differ by about that much."""
BUSIEST = 1.10
"""Wall time per CPU time of a one-threaded baseline, above which wall time is not judged."""
HALF_CONFIDENCE = 0.975
WALL_TIMES = (
    "latency_wall", "throughput", "latency_p50", "latency_p95", "latency_p99",
    "ttft_wall", "tpot_wall", "prompt_speed", "decode_speed",
)  # fmt: skip


def at_least_times_better(gate: Gate, measurement: Measurement) -> Finding:
    """Speed-up: baseline / candidate (candidate / baseline where higher is better) of at least the limit."""
    if lacks_samples(measurement):
        return too_few(measurement)
    outcome, low, middle, high = against(measurement, 1 / gate.limit)
    slowest, fastest = 1 / high, 1 / low if low else math.inf
    return Finding(
        outcome,
        f"{gate.metric} {1 / middle:.2f}x better ({bounds(slowest, fastest, 'x')}), limit {gate.limit:g}x"
        + remedy(outcome, measurement, 1 / gate.limit),
        1 / middle,
        slowest,
        fastest,
    )


def at_most_worse_by(gate: Gate, measurement: Measurement) -> Finding:
    """Regression: worse than the baseline by no more than the limit, a share (0.05 is 5 %)."""
    if lacks_samples(measurement):
        return too_few(measurement)
    judged = above_floor(measurement, gate.floor)
    outcome, low, middle, high = against(judged, 1 + gate.limit, gate.floor)
    change = f"{abs(middle - 1):.1%} {'worse' if middle > 1 else 'better'}"
    return Finding(
        outcome,
        f"{gate.metric} {change} ({bounds(100 * (low - 1), 100 * (high - 1), ' %')}), limit {gate.limit:.1%} worse"
        + floor_note(measurement, gate.floor)
        + remedy(outcome, judged, 1 + gate.limit, gate.floor),
        middle - 1,
        low - 1,
        high - 1,
    )


def above_floor(measurement: Measurement, floor: float) -> Measurement:
    """Pairs that differ by no more than the floor, in the metric's unit, as if they did not differ.

    A share of something small is soon exceeded by what two runs of one file differ by: a page of memory, a tick.
    """
    if not floor:
        return measurement
    pairs = zip(measurement.samples, measurement.reference, strict=True)
    samples = tuple(theirs if abs(ours - theirs) <= floor else ours for ours, theirs in pairs)
    return measurement.model_copy(update={"samples": samples})


def floor_note(measurement: Measurement, floor: float) -> str:
    """What stands behind the share where a floor takes part."""
    if not floor:
        return ""
    baseline, measured = median(measurement.reference), median(measurement.samples)
    return f"; {baseline:.2f} -> {measured:.2f} {measurement.unit}, up to {floor:g} {measurement.unit} more is none"


def at_least_less_by(gate: Gate, measurement: Measurement) -> Finding:
    """Reduction: smaller than the baseline by at least the limit, a share (0.5 is 50 %)."""
    outcome, low, middle, high = against(measurement, 1 - gate.limit)
    baseline, measured = median(measurement.reference), median(measurement.samples)
    return Finding(
        outcome,
        f"{gate.metric} {change_text(middle)} ({baseline:.2f} -> {measured:.2f} {measurement.unit}), "
        f"limit {gate.limit:.0%}" + remedy(outcome, measurement, 1 - gate.limit),
        1 - middle,
        1 - high,
        1 - low,
    )


SAME = 0.005
"""Of a ratio: less than half a percent is no change that anybody wants to read."""


def change_text(ratio: float) -> str:
    """`39% less`, or `3 times as much`: nobody counts the percents of what has multiplied."""
    if abs(1 - ratio) < SAME:
        return "the same"
    if ratio >= 2:
        return f"{ratio:.3g} times as much"
    return f"{abs(1 - ratio):.0%} {'less' if ratio <= 1 else 'more'}"


def against(measurement: Measurement, limit: float, floor: float = 0.0) -> tuple[Outcome, float, float, float]:
    """Outcome, lower bound, estimate and upper bound of the cost ratio: less is better, `limit` may just be reached.

    `floor` is the gate's own, which covers as much of the noise.
    """
    bar = math.log(limit) if limit > 0 else -math.inf
    if METRICS[measurement.metric].kind == "percentile":
        outcome, low, middle, high = independent(measurement, bar)
    else:
        pairs = costs(measurement)
        is_timing = METRICS[measurement.metric].kind == "timing"
        outcome, low, high = sequential(pairs, bar) if is_timing else unanimous(measurement, bar, floor)
        middle = median(pairs)
    if too_busy(measurement):
        outcome = "inconclusive"
    return outcome, math.exp(low), math.exp(middle), math.exp(high)


def costs(measurement: Measurement) -> list[float]:
    """ln(candidate / baseline) of each pair, turned round where higher is better."""
    sign = 1 if measurement.better == "lower" else -1
    both = zip(measurement.samples, measurement.reference, strict=True)
    return [sign * math.log(ours / theirs) for ours, theirs in both]


def independent(measurement: Measurement, limit: float) -> tuple[Outcome, float, float, float]:
    """A ratio of two percentiles, from exact bounds of each at half the error: together they err at most 5 %.

    (Bonferroni; it needs nothing to be known of how the two go together.) Single inferences have no partner, but both
    sides' are from the same rounds.
    """
    quantile = METRICS[measurement.metric].quantile or 0.5
    ours_low, ours_high = quantile_bounds(measurement.samples, quantile, HALF_CONFIDENCE)
    theirs_low, theirs_high = quantile_bounds(measurement.reference, quantile, HALF_CONFIDENCE)
    low = math.log(ours_low / theirs_high) if ours_low > 0 else -math.inf
    high = math.log(ours_high / theirs_low) if theirs_low > 0 else math.inf
    middle = math.log((estimate(measurement) or math.nan) / (reference_estimate(measurement) or math.nan))
    if high <= limit:
        return "passed", low, middle, high
    return ("failed" if low > limit + math.log(MARGIN) else "inconclusive"), low, middle, high


def lacks_samples(measurement: Measurement) -> bool:
    """Whether a percentile has too few samples, on either side, for a ratio."""
    quantile = METRICS[measurement.metric].quantile
    fewest = fewest_for_upper_bound(quantile, HALF_CONFIDENCE) if quantile else 0
    return min(len(measurement.samples), len(measurement.reference)) < fewest


def too_few(measurement: Measurement, confidence: float = HALF_CONFIDENCE) -> Finding:
    """Never the sample maximum instead of a percentile."""
    fewest = fewest_for_upper_bound(METRICS[measurement.metric].quantile or 0.5, confidence)
    count, seconds = len(measurement.samples), measurement.conditions.seconds
    more = ""
    if count and seconds is not None and measurement.metric in WALL_TIMES:
        more = f", about {rounded((fewest / count - 1) * seconds)} s more (budget.seconds)"
    return Finding("inconclusive", f"{measurement.metric} n/a: {count} samples, {fewest} are needed{more}")


def too_busy(measurement: Measurement) -> bool:
    """Whether other work on the machine makes wall time worthless: its ratio to CPU time on one thread tells."""
    conditions = measurement.conditions
    if measurement.metric not in WALL_TIMES or conditions.threads != 1 or conditions.contention is None:
        return False
    return not 0 < conditions.contention <= BUSIEST  # NaN is no sign of a free machine


def sequential(pairs: list[float], limit: float) -> tuple[Outcome, float, float]:
    """The first look whose interval lies wholly on one side decides; without one, the last look's interval."""
    low, high = -math.inf, math.inf
    for _, low, high in looks(pairs):
        if high <= limit:
            return "passed", low, high
        if low > limit + math.log(MARGIN):
            return "failed", low, high
    return "inconclusive", low, high


def unanimous(measurement: Measurement, limit: float, floor: float = 0.0) -> tuple[Outcome, float, float]:
    """For the few samples of a size or a memory peak, which repeat closely: all must agree, and the noise with them."""
    low, high = extremes(measurement, noise_mb(measurement, floor))
    if high <= limit:
        return "passed", low, high
    return ("failed" if low > limit else "inconclusive"), low, high


def extremes(measurement: Measurement, noise: float) -> tuple[float, float]:
    """The least and the greatest ln(candidate / baseline) of its pairs, if each candidate's sample is off by noise."""
    return min(costs(moved(measurement, -noise))), max(costs(moved(measurement, noise)))


def bounds(low: float, high: float, unit: str) -> str:
    if not (math.isfinite(low) and math.isfinite(high)) or high > 1e6:
        return "no bound yet"
    return f"bounds {low:.2f}..{high:.2f}{unit}"


def busy_note(measurement: Measurement) -> str:
    busy = measurement.conditions.contention
    return f"; the machine is busy (wall {busy:.2f}x CPU time): free it, or gate on latency_cpu"


def remedy(outcome: Outcome, measurement: Measurement, limit: float, floor: float = 0.0) -> str:
    """What would decide, where nothing has; `limit` is of the cost ratio."""
    if outcome != "inconclusive":
        return ""
    if too_busy(measurement):
        return busy_note(measurement)
    kind = METRICS[measurement.metric].kind
    if kind == "resource":
        low, high = (math.exp(end) for end in extremes(measurement, 0.0))
        return disagreement(measurement, low <= limit < high, noise_mb(measurement, floor))
    if kind != "timing":
        return "; the bounds straddle the limit: raise budget.seconds"
    bar = math.log(limit) if limit > 0 else -math.inf
    return undecided(measurement, costs(measurement), bar, bar + math.log(MARGIN))


def disagreement(measurement: Measurement, disagree: bool, noise: float) -> str:
    """Why the few samples of a resource do not decide."""
    if noise and not disagree:
        return noise_note(measurement, noise)
    return "; the processes disagree, free the machine and measure again"


def undecided(measurement: Measurement, values: list[float], limit: float, beyond: float) -> str:
    """How much longer to measure: until a look's interval fits beside the limit."""
    count = len(values)
    if count < FIRST_LOOK:
        return f"; {count} rounds, at least {FIRST_LOOK} are needed: raise budget.seconds"
    more, seconds = more_rounds(values, limit, beyond), measurement.conditions.seconds
    if more is None:
        return f"; undecided after {count} rounds: this runner cannot resolve it, use a quieter one or another limit"
    if seconds is not None and seconds > 0:
        return f"; undecided after {count} rounds: about {rounded(more * seconds / count)} s more would decide"
    return f"; undecided after {count} rounds: about {more} more would decide"
