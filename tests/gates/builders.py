"""Measurements as a benchmark would store them."""

import math
import random
from typing import Any

from edgeci.metrics import METRICS
from edgeci.types import Gate, Measurement


def measurement(metric: str, samples: list[float], reference: list[float] = [], **changes: Any) -> Measurement:
    known = METRICS[metric]
    fields: dict[str, Any] = {
        "candidate": "candidate",
        "target": "cpu",
        "metric": metric,
        "unit": known.unit,
        "better": known.better,
        "samples": tuple(samples),
        "baseline": "baseline",
        "reference": tuple(reference),
    }
    return Measurement(**(fields | changes))


def timing(ratio: float, pairs: int, noise: float = 0.01, metric: str = "latency_cpu", **changes: Any) -> Measurement:
    """Pairs whose candidate takes `ratio` times as long as the baseline, log-normal noise on each."""
    generator = random.Random(7)
    reference = [10 * math.exp(generator.gauss(0, noise)) for _ in range(pairs)]
    samples = [value * ratio * math.exp(generator.gauss(0, noise)) for value in reference]
    return measurement(metric, samples, reference).model_copy(update=changes)


def predictions(right: int, wrong: int, baseline_right: int | None = None, **changes: Any) -> Measurement:
    """Class predictions where the candidate is right on `right` items; by default the baseline is right on all."""
    items = right + wrong
    labels = [float(index % 10) for index in range(items)]
    known = items if baseline_right is None else baseline_right
    ours = [label if index < right else (label + 1) % 10 for index, label in enumerate(labels)]
    theirs = [label if index < known else (label + 1) % 10 for index, label in enumerate(labels)]
    return measurement("accuracy", ours, theirs, labels=tuple(labels)).model_copy(update=changes)


def gate(rule: str, metric: str, limit: float, **changes: Any) -> Gate:
    return Gate(rule=rule, metric=metric, limit=limit, **changes)
