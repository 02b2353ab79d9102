"""A runner's passport as people read it."""

from collections.abc import Sequence

from edgeci.reports.characters import one_line
from edgeci.statistics.intervals import share_bounds
from edgeci.types import Passport


def render(passport: Passport, objections: Sequence[str]) -> str:
    """What was found, then whether the runner is usable, and why not."""
    known = {fact.name: fact.value for fact in passport.facts}
    _, worst = share_bounds(passport.false_alarms, passport.decisions)
    lines = [
        f"machine:        {known.get('cpu', 'unknown processor')}, {known.get('cpus', '?')} CPUs"
        + (", virtual machine" if "virtual_machine" in known else ""),
        f"false alarms:   {passport.false_alarms} of {passport.decisions} decisions failed a model against itself "
        f"(95 % bound {worst:.0%})",
        f"detection:      {passport.detected} of {passport.slower_decisions} decisions failed a model "
        f"{passport.slower_by:.1%} slower (built to be 10 %)",
        f"can tell apart: {passport.resolution_cpu:.1%} of CPU time, {passport.resolution_wall:.1%} of wall time "
        f"({passport.pairs} pairs in {passport.budget_seconds:g} s)",
        f"contention:     wall time is {passport.contention:.2f}x CPU time; scheduling {passport.scheduling}",
        *(f"{fact.name + ':':15} {fact.value}" for fact in passport.facts if fact.name in SHOWN),
    ]
    judgement = [f"not usable:     {reason}" for reason in objections] or ["usable"]
    return "\n".join(map(one_line, [*lines, *judgement]))


SHOWN = ("governor", "turbo", "smt", "clock_source", "cpu_limit", "memory_limit_mb", "container", "battery")
"""Facts that explain a poor result."""
