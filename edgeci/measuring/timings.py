"""How long a candidate takes, in turn with its baseline, until every timing gate has its answer."""

from collections.abc import Sequence

from edgeci.errors import EdgeciError, WorkspaceError
from edgeci.gates.judge import judge, may_stop_early
from edgeci.measuring.bench import TIMINGS, Bench
from edgeci.measuring.pair import Pair
from edgeci.measuring.sampling import Trace, sample
from edgeci.metrics import STEADY_TIMINGS
from edgeci.statistics.intervals import LOOKS
from edgeci.types import Against, Conditions, Measurement, Verdict

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
    verdicts = verdicts_of(pair.bench, pair.against, pair.ours.candidate.recipe.id, from_trace(pair, trace))
    for verdict in verdicts:
        pair.bench.project.say(f"  {len(trace.cpu)} rounds, {trace.seconds:.0f} s: {verdict.outcome}: {verdict.reason}")
    return are_answers(verdicts)


def verdicts_of(bench: Bench, against: Against, candidate: str, measured: Sequence[Measurement]) -> list[Verdict]:
    return [judge(gate, candidate, bench.target.name, measured) for gate in bench.timing_gates(against)]


def are_answers(verdicts: Sequence[Verdict]) -> bool:
    return all(verdict.outcome != "inconclusive" and may_stop_early(verdict.gate) for verdict in verdicts)


def suffices(bench: Bench, against: Against, candidate: str, measured: Sequence[Measurement]) -> bool:
    """Whether an earlier run need not have gone on for the gates of today, of which a limit may have changed."""
    timed = [measurement for measurement in measured if measurement.metric == STEADY_TIMINGS[0]]
    if all(is_used_up(measurement, bench.config.budget.seconds) for measurement in timed):
        return True
    return are_answers(verdicts_of(bench, against, candidate, measured))


def is_used_up(measurement: Measurement, budget_seconds: float) -> bool:
    """Whether no budget was left, or no look."""
    seconds, rounds = measurement.conditions.seconds, len(measurement.samples)
    return rounds == 0 or rounds >= LOOKS[-1] or (seconds is not None and seconds >= budget_seconds)


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
