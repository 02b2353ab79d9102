"""Gates that ask for something that has no answer: mistakes in edgeci.yaml."""

import math

from edgeci.gates.rules import RULES, Rule
from edgeci.metrics import LOAD, METRICS, Metric
from edgeci.types import Gate


def misfit(gate: Gate) -> str | None:
    """Why a gate asks for something that has no answer; None where it does have one."""
    rule, metric = RULES[gate.rule], METRICS[gate.metric]
    return metric_mistake(rule, metric) or limit_mistake(rule, gate.limit) or floor_mistake(gate, rule, metric)


def metric_mistake(rule: Rule, metric: Metric) -> str | None:
    unfit = f"rule {rule.name!r} does not go with {metric.name}"
    if metric.kind not in rule.kinds:
        return f"{unfit}; use {', '.join(sorted(other.name for other in RULES.values() if metric.kind in other.kinds))}"
    if rule.compares and metric.is_comparison:
        return f"{unfit}, which is a comparison already; use at-most"
    if rule.compares and metric.name in LOAD:  # a load is the candidate's alone
        return f"{unfit}; use at-most"
    return None


def limit_mistake(rule: Rule, limit: float) -> str | None:
    if not math.isfinite(limit) or (rule.limit == "factor" and limit <= 0):
        return f"limit {limit:g} is no limit for {rule.name!r}"
    if rule.limit == "share" and not 0 <= limit <= 1:
        return f"limit {limit:g} of rule {rule.name!r} must be a share from 0 to 1"
    return None


def floor_mistake(gate: Gate, rule: Rule, metric: Metric) -> str | None:
    if gate.floor and (not rule.has_floor or metric.kind == "percentile"):
        return f"a floor does not go with {gate.title}; only with `regression` of what is measured in pairs"
    return None
