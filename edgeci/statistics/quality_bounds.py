"""One-sided bounds of how good a candidate is, alone and against its baseline, by the best method each metric has.

Exact for shares of items, a score test for paired shares, a studentized bootstrap for means of errors, and a cautious
percentile bootstrap for what is no share or mean of items. docs/how-edgeci-decides.md has what they cover. Where items
belong together, clusters are what is drawn and counted.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from edgeci.metrics import METRICS
from edgeci.statistics.class_bounds import class_bounds
from edgeci.statistics.clusters import design_effect, unit_of
from edgeci.statistics.intervals import share_bounds
from edgeci.statistics.paired import Table, difference_bounds, retained_bounds, table_of
from edgeci.statistics.resampling import mean_bounds, quotient_bounds
from edgeci.statistics.set_bounds import set_bounds
from edgeci.types import Measurement

Floats = npt.NDArray[np.float64]
Bounds = tuple[float, float]


def kept_bounds(measurement: Measurement, confidence: float) -> Bounds:
    """Of candidate / baseline, or baseline / candidate where less is better."""
    if is_mean(measurement):
        ours, theirs = np.asarray(measurement.samples), np.asarray(measurement.reference)
        above, below = (ours, theirs) if measurement.better == "higher" else (theirs, ours)
        return quotient_bounds(above, below, skewed(confidence), units_of(measurement))
    if measurement.metric == "agreement":
        return own_share(measurement, confidence)
    if is_share(measurement):
        kept = retained_bounds(paired(measurement, is_ratio=True), confidence)
        return kept if measurement.better == "higher" else turned(kept)
    return compared(measurement, confidence, quotient(measurement))


def lost_bounds(measurement: Measurement, confidence: float) -> Bounds:
    """Of how much worse the candidate is than the baseline, in the metric's own unit; negative is better."""
    if is_mean(measurement):
        difference = np.asarray(measurement.samples) - np.asarray(measurement.reference)
        worse = difference if measurement.better == "lower" else -difference
        return mean_bounds(worse, skewed(confidence), units_of(measurement))
    if measurement.metric == "agreement":
        low, high = own_share(measurement, confidence)
        return 1 - high, 1 - low
    if is_share(measurement):
        low, high = difference_bounds(paired(measurement, is_ratio=False), confidence)
    else:
        low, high = compared(measurement, confidence, lambda ours, theirs: ours - theirs)
    return (-high, -low) if measurement.better == "higher" else (low, high)


def own_bounds(measurement: Measurement, confidence: float) -> Bounds:
    """Of the candidate's own quality."""
    if is_mean(measurement):
        return mean_bounds(np.asarray(measurement.samples), skewed(confidence), units_of(measurement))
    if is_share(measurement):
        return own_share(measurement, confidence)
    return compared(measurement, confidence, lambda ours, _: ours)


def flip_bounds(measurement: Measurement, confidence: float) -> Bounds:
    """Of the share of items whose predicted class is not the baseline's."""
    pairs = zip(measurement.samples, measurement.reference, strict=True)
    return clustered_share([ours != theirs for ours, theirs in pairs], measurement, confidence)


def skewed(confidence: float) -> float:
    """What a bootstrap of a mean must be asked for to keep its promise on errors as skewed as a lognormal's.

    Asked for 95 % it covers 92 % at n = 64, asked for 97.5 % at least 95 %.
    """
    return 1 - (1 - confidence) / 2


def is_mean(measurement: Measurement) -> bool:
    return METRICS[measurement.metric].kind == "error" and not is_share(measurement)


def is_share(measurement: Measurement) -> bool:
    """Whether it is the share of items of which something holds; a function's scores of 0 and 1 are, too."""
    metric = METRICS[measurement.metric]
    if metric.kind == "error":
        return {*measurement.samples, *measurement.reference} <= {0.0, 1.0}
    return metric.is_hit or metric.name in ("accuracy", "agreement")


def holds(measurement: Measurement, samples: Sequence[float]) -> list[bool]:
    """Of each item: whether the class is right, or the number is 1."""
    if METRICS[measurement.metric].kind == "error":
        return [bool(sample) for sample in samples]
    truth = measurement.reference if measurement.metric == "agreement" else measurement.labels
    return [guess == label for guess, label in zip(samples, truth, strict=True)]


def own_share(measurement: Measurement, confidence: float) -> Bounds:
    return clustered_share(holds(measurement, measurement.samples), measurement, confidence)


def clustered_share(held: Sequence[bool], measurement: Measurement, confidence: float) -> Bounds:
    values = np.asarray(held, np.float64)
    effect = effect_of(values - values.mean(), measurement)
    return share_bounds(sum(held) / effect, len(held) / effect, confidence)


def paired(measurement: Measurement, *, is_ratio: bool) -> Table:
    """The four counts, as so many independent items would have given them."""
    ours, theirs = holds(measurement, measurement.samples), holds(measurement, measurement.reference)
    table = table_of(ours, theirs)
    right = np.asarray(ours, np.float64), np.asarray(theirs, np.float64)
    share = right[0].sum() / right[1].sum() if is_ratio and right[1].any() else 1.0
    deviations = right[0] - share * right[1]
    return table.scaled(1 / effect_of(deviations - deviations.mean(), measurement))


def effect_of(deviations: Floats, measurement: Measurement) -> float:
    return design_effect(deviations, unit_of(len(deviations), measurement.clusters)) if measurement.clusters else 1.0


def units_of(measurement: Measurement) -> npt.NDArray[np.intp] | None:
    return unit_of(len(measurement.samples), measurement.clusters) if measurement.clusters else None


def turned(bounds: Bounds) -> Bounds:
    """Of 1 / x."""
    low, high = bounds
    return (1 / high if high else math.inf), (1 / low if low else math.inf)


def quotient(measurement: Measurement) -> Callable[[float, float], float]:
    def better_by(above: float, below: float) -> float:
        return math.inf if below <= 0 else above / below  # NaN stays NaN

    return better_by if measurement.better == "higher" else lambda ours, theirs: better_by(theirs, ours)


def compared(measurement: Measurement, confidence: float, compare: Callable[[float, float], float]) -> Bounds:
    bounds = set_bounds if METRICS[measurement.metric].kind == "set" else class_bounds
    return bounds(measurement, confidence, compare)
