"""What makes numbers unfit for a judgement: missing, NaN, unpaired or mislabelled, they are broken, never passed."""

import math
from collections.abc import Iterator, Sequence
from itertools import chain

from edgeci.gates.misfit import misfit
from edgeci.gates.rules import RULES
from edgeci.metrics import METRICS, is_own
from edgeci.types import Gate, Measurement

POSITIVE = ("timing", "resource", "percentile", "series")
"""Kinds of metric of which nothing is zero or less."""


def defects(gate: Gate, measured: Sequence[Measurement]) -> list[str]:
    """Everything that makes what was measured for a gate unfit for a judgement."""
    if gate.rule not in RULES or gate.metric not in METRICS:
        return [f"no rule {gate.rule!r} for metric {gate.metric!r}"]
    if not math.isfinite(gate.limit):
        return ["the limit is not a number"]
    if (mistake := misfit(gate)) is not None:
        return [mistake]
    if len(measured) != 1:
        return [f"measured {len(measured)} times; one measurement was expected" if measured else "not measured"]
    return [*sample_defects(measured[0]), *lacks(gate, measured[0]), *impossible_samples(measured[0])]


def sample_defects(measurement: Measurement) -> Iterator[str]:
    metric = METRICS[measurement.metric]
    yield from lacks_rows(measurement)
    if not measurement.samples:
        yield f"no samples ({measurement.conditions.unavailable or 'nobody says why'})"
    if not all(map(math.isfinite, (*measurement.samples, *measurement.reference, *measurement.labels))):
        yield "a sample is NaN or infinite"
    if not is_own(metric.name) and (measurement.better, measurement.unit) != (metric.better, metric.unit):
        yield f"recorded as {measurement.unit}, {measurement.better} is better: not what {metric.name} means"


def lacks(gate: Gate, measurement: Measurement) -> Iterator[str]:
    """What a sample has no partner in: the baseline, the slices or the labels."""
    rule, metric, items = RULES[gate.rule], METRICS[gate.metric], len(measurement.samples)
    if rule.compares and not is_paired(measurement):
        yield f"{items} samples but {len(measurement.reference)} of the baseline"
    if metric.name == "agreement" and not is_paired(measurement):
        yield "no prediction of the baseline to agree with"
    if rule.needs_slices and len(measurement.slices) != items:
        yield "the items have no slices; name them in data.evaluation.slices"
    if metric.kind == "class" and metric.needs_labels and len(measurement.labels) != items:
        yield f"{items} predictions but {len(measurement.labels)} labels"
    if measurement.clusters and len(measurement.clusters) != items:
        yield f"{items} samples but {len(measurement.clusters)} of them belong to something"


def lacks_rows(measurement: Measurement) -> Iterator[str]:
    """A metric of a whole set is computed of them alone."""
    pairs = ((measurement.rows, measurement.samples), (measurement.reference_rows, measurement.reference))
    if METRICS[measurement.metric].kind == "set" and any(len(rows) != len(samples) for rows, samples in pairs):
        yield "a sample has no row, of which the metric is computed"
    if not all(map(math.isfinite, chain.from_iterable((*measurement.rows, *measurement.reference_rows)))):
        yield "a row holds NaN or infinity"


def impossible_samples(measurement: Measurement) -> Iterator[str]:
    samples = (*measurement.samples, *measurement.reference)
    if METRICS[measurement.metric].kind in POSITIVE and any(sample <= 0 for sample in samples):
        yield "a time or size is zero or negative"


def is_paired(measurement: Measurement) -> bool:
    """A percentile's samples have no partners, only a baseline."""
    if METRICS[measurement.metric].kind == "percentile":
        return len(measurement.reference) > 0
    return len(measurement.reference) == len(measurement.samples)
