"""One-sided bounds of how good a candidate is, alone and against its baseline, by the best method each metric has.

Exact for shares of items, a score test for paired shares, a studentized bootstrap for means of errors, and a cautious
percentile bootstrap for class metrics that are no share of items. docs/how-edgeci-decides.md has what they cover.
"""

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from edgeci.metrics import METRICS
from edgeci.statistics.confusion import CLASS_METRICS, confusion
from edgeci.statistics.intervals import share_bounds
from edgeci.statistics.paired import difference_bounds, retained_bounds
from edgeci.statistics.resampling import Chosen, cautious_bounds, mean_bounds, quotient_bounds
from edgeci.types import Measurement

UNSEEN = 3
"""Items against (or for) the candidate that a cautious bound supposes: -ln 0.05."""
Compare = Callable[[float, float], float]


def kept_bounds(measurement: Measurement, confidence: float) -> tuple[float, float]:
    """Of candidate / baseline, or baseline / candidate for errors."""
    if METRICS[measurement.metric].kind == "error":
        ours, theirs = np.asarray(measurement.samples), np.asarray(measurement.reference)
        return quotient_bounds(theirs, ours, skewed(confidence))
    if measurement.metric == "agreement":
        return share_bounds(sum(right(measurement, measurement.samples)), len(measurement.samples), confidence)
    if measurement.metric == "accuracy":
        return retained_bounds(*both_right(measurement), confidence)
    return class_bounds(measurement, confidence, lambda ours, theirs: ours / theirs if theirs > 0 else math.inf)


def lost_bounds(measurement: Measurement, confidence: float) -> tuple[float, float]:
    """Of how much worse the candidate is than the baseline, in the metric's own unit; negative is better."""
    if METRICS[measurement.metric].kind == "error":
        return mean_bounds(np.asarray(measurement.samples) - np.asarray(measurement.reference), skewed(confidence))
    if measurement.metric == "agreement":
        low, high = share_bounds(sum(right(measurement, measurement.samples)), len(measurement.samples), confidence)
    elif measurement.metric == "accuracy":
        low, high = difference_bounds(*both_right(measurement), confidence)
        return -high, -low
    else:
        low, high = class_bounds(measurement, confidence, lambda ours, theirs: ours - theirs)
        return -high, -low
    return 1 - high, 1 - low


def own_bounds(measurement: Measurement, confidence: float) -> tuple[float, float]:
    """Of the candidate's own quality."""
    if METRICS[measurement.metric].kind == "error":
        return mean_bounds(np.asarray(measurement.samples), skewed(confidence))
    if measurement.metric in ("accuracy", "agreement"):
        return share_bounds(sum(right(measurement, measurement.samples)), len(measurement.samples), confidence)
    return class_bounds(measurement, confidence, lambda ours, _: ours)


def skewed(confidence: float) -> float:
    """What a bootstrap of a mean must be asked for to keep its promise on errors as skewed as a lognormal's.

    Asked for 95 % it covers 92 % at n = 64, asked for 97.5 % at least 95 %.
    """
    return 1 - (1 - confidence) / 2


def truth(measurement: Measurement) -> tuple[float, ...]:
    return measurement.reference if measurement.metric == "agreement" else measurement.labels


def right(measurement: Measurement, predictions: tuple[float, ...]) -> list[bool]:
    return [guess == label for guess, label in zip(predictions, truth(measurement), strict=True)]


def both_right(measurement: Measurement) -> tuple[list[bool], list[bool]]:
    return right(measurement, measurement.samples), right(measurement, measurement.reference)


def class_bounds(measurement: Measurement, confidence: float, compare: Compare) -> tuple[float, float]:
    """Of a comparison of both sides' class metric, with UNSEEN items against and for the candidate."""
    labels, ours, theirs, classes = coded(measurement)
    score = CLASS_METRICS[measurement.metric]
    wrong = (labels + 1) % classes

    def supposing(chosen: Chosen, our_guess: npt.NDArray[np.intp], their_guess: npt.NDArray[np.intp]) -> float:
        unseen = chosen[:UNSEEN]
        sides = [
            score(
                confusion(labels[chosen], seen[chosen], classes) + confusion(labels[unseen], supposed[unseen], classes)
            )
            for seen, supposed in ((ours, our_guess), (theirs, their_guess))
        ]
        return compare(*sides)

    return cautious_bounds(
        lambda chosen: supposing(chosen, wrong, labels),
        lambda chosen: supposing(chosen, labels, wrong),
        len(labels),
        confidence,
    )


def coded(measurement: Measurement) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], npt.NDArray[np.intp], int]:
    """Labels, candidate's and baseline's classes as indices, and how many classes there are, at least two."""
    labels = truth(measurement)
    reference = measurement.reference or measurement.samples
    classes, codes = np.unique([*labels, *measurement.samples, *reference], return_inverse=True)
    count = len(labels)
    return codes[:count], codes[count : 2 * count], codes[2 * count :], max(2, len(classes))
