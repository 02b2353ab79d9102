"""How much of the baseline's quality a candidate keeps, judged item by item on the same items.

A point estimate on 200 items ships a model that truly keeps 93 % in about 2 of 10 cases where 95 % was asked; the
paired bound does so in 1 of 100 (benchmarks/accuracy_rule.py). So the bound decides, and below 64 items nothing does.
"""

from collections import Counter

from edgeci.gates.enough import FEWEST_CLUSTERS, FEWEST_ITEMS, fewest_items
from edgeci.gates.finding import Finding
from edgeci.gates.forecast import forecast
from edgeci.gates.item_bounds import CONFIDENCE, bounds_flipped, bounds_kept, bounds_lost, flipped
from edgeci.gates.items import slices
from edgeci.metrics import METRICS
from edgeci.statistics.estimates import estimate, reference_estimate
from edgeci.statistics.multiplicity import step_down
from edgeci.statistics.quality_bounds import kept_bounds
from edgeci.types import Gate, Measurement, Outcome


def retained(gate: Gate, measurement: Measurement) -> Finding:
    """Relative: candidate / baseline (baseline / candidate for errors) of at least the limit, 0.95 for 95 %."""
    if (lacking := too_few(gate, measurement)) is not None:
        return lacking
    ours, theirs = estimate(measurement) or 0.0, reference_estimate(measurement) or 0.0
    if nothing_to_keep(measurement):
        return Finding("broken", f"the baseline's {gate.metric} is {theirs:.4g}; no share of that can be kept")
    low, high = bounds_kept(measurement)
    share = kept(measurement)
    outcome: Outcome = "passed" if low >= gate.limit else "failed" if high < gate.limit else "inconclusive"
    what = f"({theirs:.4g} -> {ours:.4g}, 95 % bounds"
    items = f"{counted(measurement)}{flips_note(measurement)})"
    if measurement.better == "higher":
        reason = (
            f"keeps {share:.1%} of the baseline's {gate.metric} {what} {low:.1%}..{high:.1%}, {items}, "
            f"limit {gate.limit:.1%}"
        )
    else:
        reason = f"{gate.metric} {rise(share)} {what} {rise(high)}..{rise(low)}, {items}, limit {rise(gate.limit)}"
    more = forecast(outcome, measurement, (share, low, high), gate.limit, bounds_kept)
    return Finding(outcome, reason, share, low, high, more)


def rise(kept_share: float) -> str:
    """What is kept of an error, as people say it: `+25.0 %` where 80 % are."""
    return "no bound" if kept_share <= 0 else f"{1 / kept_share - 1:+.1%}".replace("%", " %")


def drop(gate: Gate, measurement: Measurement) -> Finding:
    """Absolute: worse than the baseline by at most the limit, in the metric's own unit (0.01 is one point)."""
    if (lacking := too_few(gate, measurement)) is not None:
        return lacking
    ours, theirs = estimate(measurement) or 0.0, reference_estimate(measurement) or 0.0
    lost = theirs - ours if measurement.better == "higher" else ours - theirs
    low, high = bounds_lost(measurement)
    outcome: Outcome = "passed" if high <= gate.limit else "failed" if low > gate.limit else "inconclusive"
    reason = (
        f"loses {lost:.4g} {gate.metric} (95 % bounds {low:.4g}..{high:.4g}, "
        f"{counted(measurement)}{flips_note(measurement)}), limit {gate.limit:g}"
    )
    more = forecast(outcome, measurement, (lost, low, high), gate.limit, bounds_lost)
    return Finding(outcome, reason, lost, low, high, more)


def flips(gate: Gate, measurement: Measurement) -> Finding:
    """Share of the items whose predicted class is not the baseline's: at most the limit, by its exact upper bound.

    Equal accuracy may hide it: as many new mistakes as mended ones. Users notice both.
    """
    items = len(measurement.samples)
    if (lacking := too_few(gate, measurement)) is not None:
        return lacking
    changed = flipped(measurement)
    low, high = bounds_flipped(measurement)
    share = changed / items
    outcome: Outcome = "passed" if high <= gate.limit else "failed" if low > gate.limit else "inconclusive"
    reason = (
        f"{changed} of {items} predictions flipped: {share:.1%} (95 % bounds {low:.1%}..{high:.1%}), "
        f"limit {gate.limit:.1%}"
    )
    more = forecast(outcome, measurement, (share, low, high), gate.limit, bounds_flipped, are_quick=True)
    return Finding(outcome, reason, share, low, high, more)


def worst_slice(gate: Gate, measurement: Measurement) -> Finding:
    """The retained share of every slice with enough items: at least the limit in each of them.

    It passes only where each slice's own 95 % bound does, which needs no correction (Berger 1982, Technometrics
    24(4)). It fails where a slice's bound does that holds for all slices at once (Holm), because among many slices one
    looks bad by luck. Slices with fewer items than `slice_items` decide nothing, and that is said.
    """
    parts = {name: part for name, part in slices(measurement).items() if len(part.samples) >= gate.slice_items}
    judged = {name: part for name, part in parts.items() if not nothing_to_keep(part)}
    unjudged = unjudged_note(gate, measurement, judged)
    if not judged:
        return Finding("inconclusive", f"no slice can be judged{unjudged}")

    def bounds(part: Measurement) -> tuple[float, float]:
        """The upper one of all slices at once."""
        return bounds_kept(part)[0], kept_bounds(part, 1 - (1 - CONFIDENCE) / len(judged))[1]

    each = {name: bounds(part) for name, part in judged.items()}
    lost = surely_lost(judged, gate.limit)
    worst = min(lost, key=lambda name: each[name][1]) if lost else min(judged, key=lambda name: each[name][0])
    low, high = each[worst]
    outcome: Outcome = "failed" if lost else "passed" if low >= gate.limit else "inconclusive"
    share = kept(judged[worst])
    said = (
        f"keeps {share:.1%} of the baseline's {gate.metric} (95 % bounds {low:.1%}..{high:.1%}, "
        f"{counted(judged[worst])}), limit {gate.limit:.1%}"
        if measurement.better == "higher"
        else f"{gate.metric} {rise(share)} (95 % bounds {rise(high)}..{rise(low)}, {counted(judged[worst])}), "
        f"limit {rise(gate.limit)}"
    )
    reason = f"worst of {len(judged)} slices is {worst!r}: {said}{others_note(lost, worst)}{unjudged}"
    more = forecast(outcome, judged[worst], (share, low, high), gate.limit, bounds, where=f" of {worst!r}")
    return Finding(outcome, reason, share, low, high, more)


def surely_lost(judged: dict[str, Measurement], limit: float) -> list[str]:
    """Slices below the limit by a bound that holds for all slices at once."""
    return step_down(list(judged), lambda name, level: kept_bounds(judged[name], 1 - level)[1] < limit, 1 - CONFIDENCE)


def others_note(lost: list[str], worst: str) -> str:
    others = [name for name in lost if name != worst]
    return f"; also below: {', '.join(others)}" if others else ""


def unjudged_note(gate: Gate, measurement: Measurement, judged: dict[str, Measurement]) -> str:
    """Which slices decided nothing, and why."""
    left = [(name, count) for name, count in Counter(measurement.slices).items() if name not in judged]
    small = [f"{name} ({count})" for name, count in left if count < gate.slice_items]
    empty = [f"{name} ({count})" for name, count in left if count >= gate.slice_items]
    parts = [f"; not judged, fewer than {gate.slice_items} items: {', '.join(small)}"] if small else []
    parts += [f"; not judged, the baseline gets nothing right there: {', '.join(empty)}"] if empty else []
    return "".join(parts)


def flips_note(measurement: Measurement) -> str:
    """How many predictions changed, which accuracy alone does not tell; nothing to say for errors."""
    if METRICS[measurement.metric].kind != "class" or measurement.metric == "agreement":
        return ""
    return f", {flipped(measurement) / len(measurement.samples):.1%} of the predictions flipped"


def kept(measurement: Measurement) -> float:
    """The share that is kept; for errors, less is better, so the other way round."""
    ours, theirs = estimate(measurement) or 0.0, reference_estimate(measurement) or 0.0
    above, below = (ours, theirs) if measurement.better == "higher" else (theirs, ours)
    if below == 0:
        return 1.0 if above == 0 else float("inf")
    return above / below


def nothing_to_keep(measurement: Measurement) -> bool:
    """Whether the baseline is so bad (or its error so perfectly zero) that no share of it means anything."""
    ours, theirs = estimate(measurement) or 0.0, reference_estimate(measurement) or 0.0
    return theirs <= 0 and (ours > 0 or measurement.better == "higher")


def too_few(gate: Gate, measurement: Measurement) -> Finding | None:
    """Of items, or of the clusters that they belong to; None where there are enough to judge."""
    items, clusters = len(measurement.samples), len(set(measurement.clusters))
    if items < FEWEST_ITEMS:
        needed = fewest_items(gate) or FEWEST_ITEMS
        more = f"at least {needed} are needed; {needed - items} more would do"
        return Finding("inconclusive", f"{gate.metric}: {items} items, {more}")
    if measurement.clusters and clusters < FEWEST_CLUSTERS:
        more = f"at least {FEWEST_CLUSTERS} are needed; {FEWEST_CLUSTERS - clusters} more would do"
        return Finding("inconclusive", f"{gate.metric}: {counted(measurement)}, and of clusters {more}")
    return None


def counted(measurement: Measurement) -> str:
    """`400 items`, or `400 items in 40 clusters`."""
    clusters = f" in {len(set(measurement.clusters))} clusters" if measurement.clusters else ""
    return f"{len(measurement.samples)} items{clusters}"
