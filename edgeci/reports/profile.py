"""A profile as people read it in a terminal: the class, why, what helps, and the numbers behind it."""

from collections.abc import Iterator
from statistics import median

from edgeci.reports.characters import one_line
from edgeci.types import Compared, Profile

OPERATORS_SHOWN = 5


def render(profiles: list[Profile]) -> str:
    return "\n\n".join("\n  ".join(one_line(line) for line in lines(profile)) for profile in profiles)


def lines(profile: Profile) -> Iterator[str]:
    bottleneck, observed = profile.bottleneck, profile.observed
    yield f"{profile.target}, {profile.title}: {bottleneck.kind}"
    yield f"why:     {bottleneck.reason}"
    for remedy in bottleneck.remedies:
        yield f"try:     {remedy}"
    for remark in bottleneck.remarks:
        yield f"note:    {remark}"
    run = f"{bottleneck.evidence['run_ms']:.3g} ms"
    load = f", loading {bottleneck.evidence['load_ms']:.0f} ms" if "load_ms" in bottleneck.evidence else ""
    steady = f"{bottleneck.evidence['run_spread']:.2f} (fixed calculation {bottleneck.evidence['control_spread']:.2f})"
    yield f"run:     {run} on {counted(observed.threads)}{load}"
    yield f"steady:  p{100 * (1 - bottleneck.evidence['slow_share']):.0f}/p50 {steady}"
    if observed.thread_scaling:
        yield f"threads: {', '.join(f'{point.size}: {1 / change(point):.2f}x' for point in observed.thread_scaling)}"
    if observed.batch_scaling:
        costs = ", ".join(f"{point.size}: {change(point) / point.size:.0%}" for point in observed.batch_scaling)
        yield f"batch:   cost of an item {costs}"
    for probe in observed.bandwidth:
        yield f"memory:  {max(probe.mb_per_second):,.0f} MB/s on {counted(probe.threads)}"
    total = sum(entry.milliseconds for entry in observed.operators) or 1.0
    for entry in observed.operators[:OPERATORS_SHOWN]:
        yield f"{entry.milliseconds / total:<8.0%} {entry.operator}, {entry.calls:.0f} calls"
    for what, reason in observed.unavailable.items():
        yield f"{what} unavailable: {reason}"


def counted(threads: int) -> str:
    return f"{threads} thread" if threads == 1 else f"{threads} threads"


def change(point: Compared) -> float:
    """Time against size 1, the median of the pairs."""
    return median(ours / theirs for ours, theirs in zip(point.milliseconds, point.reference, strict=True))
