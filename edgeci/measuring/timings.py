"""How long a candidate takes, in turn with its baseline, until every timing gate has its answer."""

from collections.abc import Sequence

from edgeci.errors import EdgeciError, WorkspaceError
from edgeci.gates.judge import judge, may_stop_early
from edgeci.measuring.bench import TIMINGS
from edgeci.measuring.pair import Pair
from edgeci.measuring.sampling import Trace, sample
from edgeci.types import Conditions, Measurement

Both = tuple[Sequence[float], Sequence[float]]
"""The candidate's samples and the baseline's."""


def timings(pair: Pair) -> list[Measurement]:
    """Every timing metric of the pair, from one trace."""
    percentiles = pair.bench.percentiles(pair.against)
    try:
        trace = sample(
            pair.theirs.side,
            pair.ours.side,
            pair.ours.limits,
            pair.config.budget,
            lambda trace: decided(pair, trace),
        )
    except WorkspaceError:
        raise
    except EdgeciError as problem:
        metrics = (*TIMINGS, *pair.ours.kind.TIMINGS, *percentiles)
        return [pair.unavailable(metric, problem) for metric in metrics]
    return from_trace(pair, trace)


def decided(pair: Pair, trace: Trace) -> bool:
    """Whether every timing gate has its answer; without one, the first look is enough.

    Some are judged once, when the budget is used: stopping as soon as a percentile's bound looks good would be
    choosing the samples by their outcome.
    """
    measured = from_trace(pair, trace)
    ours, target = pair.ours.candidate.recipe.id, pair.bench.target.name
    verdicts = [judge(gate, ours, target, measured) for gate in pair.bench.timing_gates(pair.against)]
    for verdict in verdicts:
        pair.bench.project.say(f"  {len(trace.cpu)} rounds, {trace.seconds:.0f} s: {verdict.outcome}: {verdict.reason}")
    return all(verdict.outcome != "inconclusive" and may_stop_early(verdict.gate) for verdict in verdicts)


def from_trace(pair: Pair, trace: Trace) -> list[Measurement]:
    text = pair.config.text
    conditions = Conditions(
        launches=len(trace.load_ms),
        seed=pair.config.budget.seed,
        contention=round(trace.contention, 4),
        scheduling=", ".join(sorted(trace.scheduling)),
        seconds=round(trace.seconds, 2),
        runtime=trace.runtime,
        baseline_runtime=trace.reference_runtime,
        text=text if trace.parts else None,
    )
    values: dict[str, Both] = {
        "latency_cpu": (trace.cpu, trace.reference_cpu),
        "latency_wall": (trace.wall, trace.reference_wall),
        "throughput": (each_second(trace.wall), each_second(trace.reference_wall)),
        "load_time": (trace.load_ms, trace.reference_load_ms),
        **dict.fromkeys(pair.bench.percentiles(pair.against), (trace.single, trace.reference_single)),
        **in_parts(pair, trace),
    }
    return [pair.measurement(metric, ours, theirs, conditions=conditions) for metric, (ours, theirs) in values.items()]


def in_parts(pair: Pair, trace: Trace) -> dict[str, Both]:
    """What the kind of model makes of the parts of a request."""
    if not trace.parts:
        return {}
    text = pair.config.text
    ours, theirs = (pair.ours.kind.timings(parts, text) for parts in (trace.parts, trace.reference_parts))
    return {metric: (ours[metric], theirs[metric]) for metric in ours}


def each_second(milliseconds: Sequence[float]) -> list[float]:
    return [1e3 / each for each in milliseconds]
