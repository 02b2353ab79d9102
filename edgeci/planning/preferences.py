"""By what `prefer` may order candidates: anything that is measured of every one of them."""

from collections.abc import Iterator

from edgeci.errors import ConfigError
from edgeci.kinds.registry import kind
from edgeci.metrics import LOAD, METRICS, QUALITY, QUALITY_KINDS, STEADY_TIMINGS
from edgeci.types import Assessment, Target
from edgeci.workbench.project import Project

ORDERS = ("timing", "resource", "percentile", *QUALITY_KINDS)
"""Kinds of metric that are compared with a baseline."""


def refuse_unmeasured_preference(project: Project, assessment: Assessment) -> None:
    """
    Raises:
        ConfigError: candidates are preferred by what nobody measures of them; it names what is measured.
    """
    loaded = project.loaded
    for target in project.targets:
        known = list(dict.fromkeys(measured(project, assessment, target)))
        for metric in loaded.config.preferred:
            if metric not in known:
                raise ConfigError(
                    f"{loaded.where(('prefer',))}: {metric} is not measured of a {kind(assessment.kind).TITLE} on "
                    f"{target.name}; prefer one of {', '.join(known)}{hint(metric)}"
                )


def measured(project: Project, assessment: Assessment, target: Target) -> Iterator[str]:
    """What is always measured, what the kind of model adds, and what a gate asks for."""
    yield from (*STEADY_TIMINGS, *kind(assessment.kind).TIMINGS, "load_time", "peak_memory", "size")
    yield project.loaded.config.judging
    for gate in project.loaded.gates:
        is_here = gate.target in (None, target.name) and gate.against == "unoptimized"
        if is_here and METRICS[gate.metric].kind in ORDERS and gate.metric not in LOAD:
            yield gate.metric


def hint(metric: str) -> str:
    """Where a gate or `metric` would have it measured."""
    if metric in QUALITY:
        return f", or let it be measured: `metric: {metric}`, or a gate on it"
    return f", or demand something of {metric}" if METRICS[metric].kind == "percentile" else ""
