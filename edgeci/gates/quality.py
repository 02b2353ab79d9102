"""How much of the baseline's quality a candidate keeps, judged item by item on the same items.

A point estimate on 200 items ships a model that truly keeps 93 % in about 3 of 10 cases where 95 % was asked; the
paired bound does so in 1 of 100. So the bound decides, and below 64 items nothing does.
"""

import numpy as np
import numpy.typing as npt

from edgeci.gates.finding import Finding
from edgeci.metrics import METRICS
from edgeci.statistics.estimates import class_metric, estimate, reference_estimate
from edgeci.statistics.intervals import share_bounds
from edgeci.statistics.paired import bootstrap_bounds, retained_bounds
from edgeci.types import Gate, Measurement, Outcome

FEWEST_ITEMS = 64
CONFIDENCE = 0.95
"""Of each one-sided bound."""


def retained(gate: Gate, measurement: Measurement) -> Finding:
    """Relative: candidate / baseline (baseline / candidate for errors) of at least the limit, 0.95 for 95 %."""
    items = len(measurement.samples)
    if items < FEWEST_ITEMS:
        return too_few(gate, items)
    ours, theirs = estimate(measurement) or 0.0, reference_estimate(measurement) or 0.0
    if theirs <= 0 < ours or (theirs <= 0 and measurement.better == "higher"):
        return Finding("broken", f"the baseline's {gate.metric} is {theirs:.4g}; no share of that can be kept")
    low, high = retained_interval(measurement)
    share = quotient(measurement, ours, theirs)
    outcome: Outcome = "passed" if low >= gate.limit else "failed" if high < gate.limit else "inconclusive"
    reason = (
        f"keeps {share:.1%} of the baseline's {gate.metric} ({theirs:.4g} -> {ours:.4g}, "
        f"95 % bounds {low:.1%}..{high:.1%}, {items} items), limit {gate.limit:.1%}"
    )
    return Finding(outcome, reason + more_items(outcome), share, low, high)


def drop(gate: Gate, measurement: Measurement) -> Finding:
    """Absolute: worse than the baseline by at most the limit, in the metric's own unit (0.01 is one point)."""
    items = len(measurement.samples)
    if items < FEWEST_ITEMS:
        return too_few(gate, items)
    lost = loss(measurement, np.arange(items))
    low, high = bootstrap_bounds(lambda chosen: loss(measurement, chosen), items, CONFIDENCE)
    outcome: Outcome = "passed" if high <= gate.limit else "failed" if low > gate.limit else "inconclusive"
    reason = f"loses {lost:.4g} {gate.metric} (95 % bounds {low:.4g}..{high:.4g}, {items} items), limit {gate.limit:g}"
    return Finding(outcome, reason + more_items(outcome), lost, low, high)


def retained_interval(measurement: Measurement) -> tuple[float, float]:
    """One-sided 95 % bounds of the share: the paired score test for accuracy, a paired bootstrap for the others."""
    if measurement.metric == "accuracy":
        labels = measurement.labels
        return retained_bounds(
            [ours == label for ours, label in zip(measurement.samples, labels, strict=True)],
            [theirs == label for theirs, label in zip(measurement.reference, labels, strict=True)],
            CONFIDENCE,
        )
    return bootstrap_bounds(
        lambda chosen: quotient(
            measurement,
            score(measurement, measurement.samples, chosen),
            score(measurement, measurement.reference, chosen),
        ),
        len(measurement.samples),
        CONFIDENCE,
    )


def quotient(measurement: Measurement, ours: float, theirs: float) -> float:
    """The share that is kept; for errors, less is better, so the other way round."""
    above, below = (ours, theirs) if measurement.better == "higher" else (theirs, ours)
    if below == 0:
        return 1.0 if above == 0 else float("inf")
    return above / below


def loss(measurement: Measurement, chosen: npt.NDArray[np.intp]) -> float:
    """How much worse than the baseline on the chosen items; negative is better."""
    ours = score(measurement, measurement.samples, chosen)
    theirs = score(measurement, measurement.reference, chosen)
    return theirs - ours if measurement.better == "higher" else ours - theirs


def score(measurement: Measurement, values: tuple[float, ...], chosen: npt.NDArray[np.intp]) -> float:
    """The metric on the chosen items."""
    picked = np.asarray(values)[chosen]
    if METRICS[measurement.metric].kind == "error":
        return float(picked.mean())
    truth = measurement.reference if measurement.metric == "agreement" else measurement.labels
    return class_metric(measurement.metric, picked, np.asarray(truth)[chosen])  # type: ignore[arg-type]


def own_bounds(measurement: Measurement) -> tuple[float, float]:
    """One-sided 95 % bounds of the candidate's own quality."""
    if measurement.metric in ("accuracy", "agreement"):
        truth = measurement.reference if measurement.metric == "agreement" else measurement.labels
        hits = sum(guess == label for guess, label in zip(measurement.samples, truth, strict=True))
        return share_bounds(hits, len(measurement.samples), CONFIDENCE)
    return bootstrap_bounds(
        lambda chosen: score(measurement, measurement.samples, chosen), len(measurement.samples), CONFIDENCE
    )


def too_few(gate: Gate, items: int) -> Finding:
    return Finding(
        "inconclusive",
        f"{gate.metric}: {items} items, at least {FEWEST_ITEMS} are needed; {FEWEST_ITEMS - items} more would do",
    )


def more_items(outcome: Outcome) -> str:
    return "; the bounds straddle the limit, more items would decide" if outcome == "inconclusive" else ""
