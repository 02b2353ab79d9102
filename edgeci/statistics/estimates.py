"""The one number that stands for a measurement's samples: median of timings, mean of scores, or a class metric."""

import math
from collections.abc import Sequence

import numpy as np

from edgeci.metrics import METRICS
from edgeci.types import Measurement


def estimate(measurement: Measurement) -> float | None:
    """The candidate's value in the metric's own unit; None without samples, NaN when a sample is NaN."""
    return value(measurement.metric, measurement.samples, measurement.labels, measurement.reference)


def reference_estimate(measurement: Measurement) -> float | None:
    """The baseline's value on the same rounds or items; None where there was no baseline."""
    return value(measurement.metric, measurement.reference, measurement.labels, measurement.reference)


def value(metric: str, samples: Sequence[float], labels: Sequence[float], reference: Sequence[float]) -> float | None:
    if not samples:
        return None
    if not all(math.isfinite(sample) for sample in samples):
        return math.nan
    kind = METRICS[metric].kind
    if kind == "class":
        return class_metric(metric, samples, reference if metric == "agreement" else labels)
    return float(np.mean(samples) if kind == "error" else np.median(samples))


def class_metric(metric: str, predictions: Sequence[float], labels: Sequence[float]) -> float:
    """A class metric of (n,) predictions against (n,) labels, by scikit-learn's definitions."""
    if metric in ("accuracy", "agreement"):
        return float(np.mean(np.asarray(predictions) == np.asarray(labels)))
    from sklearn import metrics

    scores = {
        "balanced_accuracy": metrics.balanced_accuracy_score,
        "f1_macro": lambda truth, guess: metrics.f1_score(truth, guess, average="macro", zero_division=0),
        "mcc": metrics.matthews_corrcoef,
    }
    return float(scores[metric](np.asarray(labels), np.asarray(predictions)))
