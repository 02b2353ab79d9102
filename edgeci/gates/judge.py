"""One gate, one candidate, one verdict. Missing, NaN, unpaired or mislabelled numbers are broken, never passed."""

import math
from collections.abc import Callable, Sequence

from edgeci.gates import endurance, quality, ratio, stability, value
from edgeci.gates.finding import Finding
from edgeci.metrics import METRICS, Kind
from edgeci.types import Gate, Measurement, Verdict

Rule = Callable[[Gate, Measurement], Finding]

RULES: dict[str, Rule] = {
    "speed-up": ratio.at_least_times_better,
    "regression": ratio.at_most_worse_by,
    "reduction": ratio.at_least_less_by,
    "retained": quality.retained,
    "drop": quality.drop,
    "flips": quality.flips,
    "worst-slice": quality.worst_slice,
    "stable": stability.stable,
    "no-drift": stability.no_drift,
    "leak": endurance.leak,
    "at-most": value.at_most,
    "at-least": value.at_least,
}
"""Rule name -> behaviour. A new metric needs no rule; a new rule needs no metric."""

FITS: dict[str, frozenset[Kind]] = {
    "speed-up": frozenset({"timing", "resource", "percentile"}),
    "regression": frozenset({"timing", "resource", "percentile"}),
    "reduction": frozenset({"timing", "resource"}),
    "retained": frozenset({"class", "error"}),
    "drop": frozenset({"class", "error"}),
    "flips": frozenset({"class"}),
    "worst-slice": frozenset({"class", "error"}),
    "stable": frozenset({"timing", "series"}),
    "no-drift": frozenset({"timing", "series"}),
    "leak": frozenset({"series"}),
    "at-most": frozenset({"timing", "resource", "class", "error", "percentile", "event", "series"}),
    "at-least": frozenset({"timing", "resource", "class", "error"}),
}
"""Which rule goes with which kind of metric; any other combination is a mistake in edgeci.yaml."""

NEEDS_BASELINE = {"speed-up", "regression", "reduction", "retained", "drop", "flips", "worst-slice"}
SHARES = {"retained", "flips", "worst-slice", "stable", "no-drift", "reduction"}
"""Rules whose limit is a share."""


JUDGED_ONCE = {"stable", "no-drift"}


def may_stop_early(gate: Gate) -> bool:
    """Whether looking at the samples while they come is paid for, or would be choosing them by their outcome."""
    return gate.rule not in JUDGED_ONCE and METRICS[gate.metric].kind != "percentile"


def misfit(gate: Gate) -> str | None:  # noqa: PLR0911 - a line a mistake
    """Why a gate asks for something that has no answer; None where it does have one."""
    metric = METRICS[gate.metric]
    if metric.kind not in FITS[gate.rule]:
        fitting = ", ".join(sorted(rule for rule, kinds in FITS.items() if metric.kind in kinds))
        return f"rule {gate.rule!r} does not go with {gate.metric}; use {fitting}"
    if metric.is_comparison and gate.rule in NEEDS_BASELINE:
        return f"rule {gate.rule!r} does not go with {gate.metric}, which is a comparison already; use at-most"
    if metric.name.startswith("load_") and metric.kind == "percentile" and gate.rule != "at-most":
        return f"rule {gate.rule!r} does not go with {gate.metric}; use at-most"
    if not math.isfinite(gate.limit) or (gate.rule == "speed-up" and gate.limit <= 0):
        return f"limit {gate.limit:g} is no limit for {gate.rule!r}"
    if gate.rule in SHARES and not 0 <= gate.limit <= 1:
        return f"limit {gate.limit:g} of rule {gate.rule!r} must be a share from 0 to 1"
    if gate.floor and (gate.rule != "regression" or metric.kind == "percentile"):
        return f"a floor does not go with {gate.title}; only with `regression` of what is measured in pairs"
    return None


def judge(gate: Gate, candidate: str, target: str, measurements: Sequence[Measurement]) -> Verdict:
    """The verdict on a candidate from its measurements."""
    found = [
        measurement
        for measurement in measurements
        if (measurement.candidate, measurement.target, measurement.metric) == (candidate, target, gate.metric)
        and measurement.against == gate.against
    ]
    reason = "; ".join(defects(gate, found))
    if reason:
        finding = Finding("broken", f"{gate.title}: {reason}")
    else:
        finding = endurance.overloaded(gate, found[0]) or RULES[gate.rule](gate, found[0])
    return Verdict(
        gate=gate,
        candidate=candidate,
        target=target,
        outcome=finding.outcome,
        reason=finding.reason,
        value=finding.value,
        lower=finding.lower,
        upper=finding.upper,
    )


def defects(gate: Gate, found: Sequence[Measurement]) -> list[str]:
    """Everything that makes the numbers unfit for a judgement."""
    if gate.rule not in RULES or gate.metric not in METRICS:
        return [f"no rule {gate.rule!r} for metric {gate.metric!r}"]
    if not math.isfinite(gate.limit):
        return ["the limit is not a number"]
    if (mistake := misfit(gate)) is not None:
        return [mistake]
    if len(found) != 1:
        return ["not measured" if not found else f"measured {len(found)} times; one measurement was expected"]
    measurement, metric = found[0], METRICS[gate.metric]
    problems = []
    if not measurement.samples:
        problems.append(f"no samples ({measurement.conditions.unavailable or 'nobody says why'})")
    if not all(map(math.isfinite, (*measurement.samples, *measurement.reference, *measurement.labels))):
        problems.append("a sample is NaN or infinite")
    if (measurement.better, measurement.unit) != (metric.better, metric.unit):
        problems.append(f"recorded as {measurement.unit}, {measurement.better} is better: not what {metric.name} means")
    if gate.rule in NEEDS_BASELINE and not is_paired(measurement):
        problems.append(f"{len(measurement.samples)} samples but {len(measurement.reference)} of the baseline")
    if metric.name == "agreement" and not is_paired(measurement):
        problems.append("no prediction of the baseline to agree with")
    if gate.rule == "worst-slice" and len(measurement.slices) != len(measurement.samples):
        problems.append("the items have no slices; name them in data.evaluation.slices")
    if metric.kind == "class" and metric.needs_labels and len(measurement.labels) != len(measurement.samples):
        problems.append(f"{len(measurement.samples)} predictions but {len(measurement.labels)} labels")
    if metric.kind in ("timing", "resource", "percentile", "series") and any(
        sample <= 0 for sample in (*measurement.samples, *measurement.reference)
    ):
        problems.append("a time or size is zero or negative")
    return problems


def is_paired(measurement: Measurement) -> bool:
    """A percentile's samples have no partners, only a baseline."""
    if METRICS[measurement.metric].kind == "percentile":
        return len(measurement.reference) > 0
    return len(measurement.reference) == len(measurement.samples)
