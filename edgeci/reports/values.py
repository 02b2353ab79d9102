"""One number a candidate and metric, computed once from the evidence: None was not measured, NaN is broken."""

import math
import statistics

from edgeci.metrics import METRICS, QUALITY, is_own, is_quality
from edgeci.reports.ledger import Ledger
from edgeci.statistics.estimates import estimate, reference_estimate
from edgeci.types import Measurement

LATENCIES = ("latency_cpu", "latency_wall")


def quality_metric(ledger: Ledger) -> str | None:
    """The first that a gate judges, else the first one that was measured."""
    own = (each.metric for each in ledger.measurements if is_own(each.metric))
    measured = (metric for metric in (*QUALITY, *own) if is_measured(ledger, metric))
    return next(iter((*judged_quality(ledger), *measured)), None)


def judged_quality(ledger: Ledger) -> list[str]:
    judged = dict.fromkeys(verdict.gate.metric for verdict in ledger.verdicts)
    return [metric for metric in judged if is_quality(metric) and is_measured(ledger, metric)]


def is_measured(ledger: Ledger, metric: str) -> bool:
    return any(each.metric == metric for each in ledger.measurements)


def measurement(ledger: Ledger, recipe_id: str, metric: str | None) -> Measurement | None:
    return next((each for each in ledger.measurements if (each.candidate, each.metric) == (recipe_id, metric)), None)


def as_baseline(ledger: Ledger, recipe_id: str, metric: str | None) -> Measurement | None:
    """A measurement that has this candidate for its baseline."""
    return next((each for each in ledger.measurements if (each.baseline, each.metric) == (recipe_id, metric)), None)


def absolute(ledger: Ledger, recipe_id: str, metric: str | None) -> float | None:
    """The candidate's value; a baseline that was not measured on its own has the one others were measured against."""
    own = measurement(ledger, recipe_id, metric)
    if own is not None:
        return estimate(own) if is_labelled(own, own.samples) else None
    shared = as_baseline(ledger, recipe_id, metric)
    return reference_estimate(shared) if shared and is_labelled(shared, shared.reference) else None


def is_labelled(measured: Measurement, samples: tuple[float, ...]) -> bool:
    """Class metrics mean nothing without a label for every item."""
    if METRICS[measured.metric].kind != "class":
        return True
    return len(samples) == len(measured.reference if measured.metric == "agreement" else measured.labels)


def relative(ledger: Ledger, recipe_id: str, metric: str | None) -> float | None:
    """Candidate / baseline: the median over the pairs, as drift between launches moves both halves of a pair."""
    if recipe_id in ledger.baselines:
        return None if absolute(ledger, recipe_id, metric) is None else 1.0
    own = measurement(ledger, recipe_id, metric)
    if own is None or not own.samples or not own.reference:
        return None
    if not all(math.isfinite(sample) for sample in own.samples + own.reference):
        return math.nan
    if len(own.samples) != len(own.reference) or min(own.reference) <= 0:
        measured, baseline = estimate(own), reference_estimate(own)
        return measured / baseline if measured is not None and baseline else None
    return statistics.median(measured / baseline for measured, baseline in zip(own.samples, own.reference, strict=True))


def own_samples(ledger: Ledger, recipe_id: str, metric: str) -> tuple[float, ...]:
    """The candidate's samples; a mere baseline's are those that others were measured against."""
    own, shared = measurement(ledger, recipe_id, metric), as_baseline(ledger, recipe_id, metric)
    return own.samples if own else shared.reference if shared else ()
