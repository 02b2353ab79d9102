"""The one number that stands for a measurement's samples: a median, a mean, a quantile or a class metric."""

import math
from collections.abc import Sequence
from itertools import chain

import numpy as np

from edgeci.metrics import METRICS
from edgeci.statistics.confusion import CLASS_METRICS, accuracy, confusion
from edgeci.statistics.quantiles import quantile_estimate
from edgeci.statistics.sets import value as set_value
from edgeci.types import Measurement


def estimate(measurement: Measurement) -> float | None:
    """The candidate's value in the metric's own unit; None without (enough) samples, NaN when one is NaN."""
    if METRICS[measurement.metric].kind == "set":
        return set_estimate(measurement.metric, measurement.samples, measurement.rows)
    return value(measurement.metric, measurement.samples, measurement.labels, measurement.reference)


def reference_estimate(measurement: Measurement) -> float | None:
    """The baseline's value on the same rounds or items; None where there was no baseline."""
    if METRICS[measurement.metric].kind == "set":
        return set_estimate(measurement.metric, measurement.reference, measurement.reference_rows)
    return value(measurement.metric, measurement.reference, measurement.labels, measurement.reference)


def set_estimate(metric: str, samples: Sequence[float], rows: Sequence[tuple[float, ...]]) -> float | None:
    if not samples:
        return None
    return set_value(metric, rows) if all(map(math.isfinite, (*samples, *chain.from_iterable(rows)))) else math.nan


def value(metric: str, samples: Sequence[float], labels: Sequence[float], reference: Sequence[float]) -> float | None:
    if not samples:
        return None
    if not all(math.isfinite(sample) for sample in samples):
        return math.nan
    kind, quantile = METRICS[metric].kind, METRICS[metric].quantile
    if quantile is not None:
        return quantile_estimate(samples, quantile)
    if kind == "class":
        return class_metric(metric, samples, reference if metric == "agreement" else labels)
    return float(np.mean(samples) if kind in ("error", "event") else np.median(samples))


def class_metric(metric: str, predictions: Sequence[float], labels: Sequence[float]) -> float:
    """A class metric of (n,) predictions against (n,) labels, by scikit-learn's definitions."""
    classes, codes = np.unique([*labels, *predictions], return_inverse=True)
    score = accuracy if METRICS[metric].is_hit else CLASS_METRICS[metric]
    return score(confusion(codes[: len(labels)], codes[len(labels) :], len(classes)))
