"""One gate, one candidate, one verdict."""

from collections.abc import Sequence
from dataclasses import replace

from edgeci.gates.defects import defects
from edgeci.gates.endurance import overloaded
from edgeci.gates.enough import FEWEST_ITEMS, shortfall
from edgeci.gates.finding import Finding
from edgeci.gates.rules import RULES
from edgeci.gates.suspicion import remark, suspicion
from edgeci.metrics import METRICS
from edgeci.types import Gate, Measurement, Verdict


def may_stop_early(gate: Gate) -> bool:
    """Whether looking at the samples while they come is paid for, or would be choosing them by their outcome."""
    return not RULES[gate.rule].is_judged_once and METRICS[gate.metric].kind != "percentile"


def judge(gate: Gate, candidate: str, target: str, measurements: Sequence[Measurement]) -> Verdict:
    """The verdict on a candidate from its measurements."""
    measured = [
        measurement
        for measurement in measurements
        if (measurement.candidate, measurement.target, measurement.metric) == (candidate, target, gate.metric)
        and measurement.against == gate.against
    ]
    finding = outcome(gate, measured)
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


def outcome(gate: Gate, measured: Sequence[Measurement]) -> Finding:
    if problems := defects(gate, measured):
        return Finding("broken", f"{gate.title}: {'; '.join(problems)}")
    return overloaded(gate, measured[0]) or judged(gate, measured[0])


def judged(gate: Gate, measurement: Measurement) -> Finding:
    """By the gate's rule, with what else is to be said: what is probably wrong, or else what would decide."""
    finding = RULES[gate.rule].check(gate, measurement)
    if (doubt := suspicion(measurement)) is not None:
        return replace(finding, reason=f"{finding.reason}; {doubt}")
    notes = [why for why in (lack(gate, measurement, finding), remark(measurement)) if why is not None]
    return replace(finding, reason="; ".join([finding.reason + finding.advice, *notes]))


def lack(gate: Gate, measurement: Measurement, finding: Finding) -> str | None:
    """Why so many items could never have decided, where they have not; fewer than a rule takes, it says itself."""
    items = len(measurement.samples)
    if finding.outcome != "inconclusive" or items < FEWEST_ITEMS:
        return None
    return shortfall(gate, items)
