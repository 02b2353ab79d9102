"""What is measured only where it is asked for: response times under load, drift over a soak, energy.

The load and the soak are the candidate's alone; energy is taken in turn with the baseline.
"""

from collections.abc import Sequence
from statistics import median

from edgeci.config import Soak
from edgeci.errors import EdgeciError, WorkspaceError
from edgeci.measuring.demands import wanted
from edgeci.measuring.energy import estimate, measure_energy
from edgeci.measuring.load import measure_load
from edgeci.measuring.pair import Pair
from edgeci.measuring.soak import measure_soak
from edgeci.metrics import LOAD, METRICS, SOAK
from edgeci.types import Measurement


def endurance(pair: Pair, measured: Sequence[Measurement]) -> list[Measurement]:
    """Load, soak and energy as far as they are wanted; what fails is unavailable, with its reason."""
    bench = pair.bench
    metrics = wanted(bench.config, bench.project.loaded.gates, bench.target, pair.against)
    taken: list[Measurement] = []
    for group, measure in ((LOAD, under_load), (SOAK, over_time), (("energy",), of_energy)):
        if set(group) & set(metrics):
            bench.project.say(f"  {', '.join(group)}")
            try:
                taken += measure(pair, measured)
            except WorkspaceError:
                raise
            except EdgeciError as problem:
                taken += [pair.unavailable(metric, problem) for metric in group]
    return taken


def under_load(pair: Pair, measured: Sequence[Measurement]) -> list[Measurement]:
    load = pair.config.load
    assert load is not None, "the configuration refuses gates on a load that is not described"
    answered = measure_load(pair.ours.side, pair.ours.limits, load, pair.config.budget)
    if answered.conditions.saturated:
        pair.bench.project.say(f"{pair.ours.candidate.recipe.title}: {answered.conditions.saturated}")
    samples = {"event": answered.failed}
    return [
        pair.measurement(
            metric, samples.get(METRICS[metric].kind, answered.latency_ms), (), conditions=answered.conditions
        )
        for metric in LOAD
    ]


def over_time(pair: Pair, measured: Sequence[Measurement]) -> list[Measurement]:
    soaked = measure_soak(pair.ours.side, pair.ours.limits, pair.config.soak or Soak())
    return [
        pair.measurement("soak_latency", soaked.wall_ms, (), conditions=soaked.conditions),
        pair.measurement("soak_memory", soaked.memory_mb, (), conditions=soaked.conditions),
    ]


def of_energy(pair: Pair, measured: Sequence[Measurement]) -> list[Measurement]:
    joules = measure_energy(pair.theirs.side, pair.ours.side, pair.ours.limits, pair.config.budget)
    if joules.conditions.unavailable is None:
        return [pair.measurement("energy", joules.samples, joules.reference, conditions=joules.conditions)]
    cpu_ms = next((each.samples for each in measured if each.metric == "latency_cpu" and each.samples), None)
    conditions = joules.conditions
    if cpu_ms:
        conditions = estimate(conditions, median(cpu_ms), pair.bench.target.watts_per_core)
    return [pair.measurement("energy", (), (), conditions=conditions)]
