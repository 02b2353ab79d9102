"""One gate, one candidate, one verdict. Missing, NaN, unpaired or mislabelled numbers are broken, never passed."""

import math
from collections.abc import Callable, Sequence

from edgeci.gates import quality, ratio, value
from edgeci.gates.finding import Finding
from edgeci.metrics import METRICS
from edgeci.types import Gate, Measurement, Verdict

Rule = Callable[[Gate, Measurement], Finding]

RULES: dict[str, Rule] = {
    "speed-up": ratio.at_least_times_better,
    "regression": ratio.at_most_worse_by,
    "reduction": ratio.at_least_less_by,
    "retained": quality.retained,
    "drop": quality.drop,
    "at-most": value.at_most,
    "at-least": value.at_least,
}
"""Rule name -> behaviour. A new metric needs no rule; a new rule needs no metric."""

NEEDS_BASELINE = {"speed-up", "regression", "reduction", "retained", "drop"}


def judge(gate: Gate, candidate: str, target: str, measurements: Sequence[Measurement]) -> Verdict:
    """The verdict on a candidate from its measurements."""
    found = [
        measurement
        for measurement in measurements
        if (measurement.candidate, measurement.target, measurement.metric) == (candidate, target, gate.metric)
    ]
    reason = "; ".join(defects(gate, found))
    finding = Finding("broken", f"{gate.title}: {reason}") if reason else RULES[gate.rule](gate, found[0])
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
    if len(found) != 1:
        return ["not measured" if not found else f"measured {len(found)} times; one measurement was expected"]
    measurement, metric = found[0], METRICS[gate.metric]
    problems = []
    if not measurement.samples:
        problems.append(f"no samples ({measurement.conditions.get('unavailable', 'nobody says why')})")
    if not all(map(math.isfinite, (*measurement.samples, *measurement.reference, *measurement.labels))):
        problems.append("a sample is NaN or infinite")
    if (measurement.better, measurement.unit) != (metric.better, metric.unit):
        problems.append(f"recorded as {measurement.unit}, {measurement.better} is better: not what {metric.name} means")
    if gate.rule in NEEDS_BASELINE and len(measurement.reference) != len(measurement.samples):
        problems.append(f"{len(measurement.samples)} samples but {len(measurement.reference)} of the baseline")
    if metric.kind == "class" and metric.name != "agreement" and len(measurement.labels) != len(measurement.samples):
        problems.append(f"{len(measurement.samples)} predictions but {len(measurement.labels)} labels")
    if metric.kind in ("timing", "resource") and any(
        sample <= 0 for sample in (*measurement.samples, *measurement.reference)
    ):
        problems.append("a time or size is zero or negative")
    return problems
