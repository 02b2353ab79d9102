"""What is measured only where it is asked for: response times under load, drift over a soak, energy.

The load and the soak are the candidate's alone; energy is taken in turn with the baseline.
"""

from collections.abc import Sequence
from statistics import median
from typing import TYPE_CHECKING

from edgeci.config import Soak
from edgeci.errors import EdgeciError, WorkspaceError
from edgeci.measuring.demands import wanted
from edgeci.measuring.energy import estimate, measure_energy
from edgeci.measuring.load import measure_load
from edgeci.measuring.soak import measure_soak
from edgeci.metrics import LOAD, METRICS, SOAK
from edgeci.types import Measurement

if TYPE_CHECKING:
    from edgeci.measuring.pair import Pair


def endurance(pair: "Pair", measured: Sequence[Measurement]) -> list[Measurement]:
    """Load, soak and energy as far as they are wanted; what fails is unavailable, with its reason."""
    bench = pair.bench
    metrics = wanted(bench.config, bench.project.loaded.gates, bench.target, pair.against)
    found: list[Measurement] = []
    for group, measure in ((LOAD, under_load), (SOAK, over_time), (("energy",), of_energy)):
        if set(group) & set(metrics):
            bench.project.say(f"  {', '.join(group)}")
            try:
                found += measure(pair, measured)
            except WorkspaceError:
                raise
            except EdgeciError as problem:
                found += [pair.unavailable(metric, problem) for metric in group]
    return found


def under_load(pair: "Pair", measured: Sequence[Measurement]) -> list[Measurement]:
    load = pair.config.load
    assert load is not None, "the configuration refuses gates on a load that is not described"
    answer = measure_load(pair.ours.side, pair.ours.limits, load, pair.config.budget)
    if saturated := answer["conditions"].get("saturated"):
        pair.bench.project.say(f"{pair.ours.candidate.recipe.title}: {saturated}")
    return [
        pair.measurement(
            metric,
            answer["failed"] if METRICS[metric].kind == "event" else answer["latency_ms"],
            (),
            **answer["conditions"],
        )
        for metric in LOAD
    ]


def over_time(pair: "Pair", measured: Sequence[Measurement]) -> list[Measurement]:
    answer = measure_soak(pair.ours.side, pair.ours.limits, pair.config.soak or Soak())
    return [
        pair.measurement("soak_latency", answer["wall_ms"], (), **answer["conditions"]),
        pair.measurement("soak_memory", answer["memory_mb"], (), **answer["conditions"]),
    ]


def of_energy(pair: "Pair", measured: Sequence[Measurement]) -> list[Measurement]:
    answer = measure_energy(pair.theirs.side, pair.ours.side, pair.ours.limits, pair.config.budget)
    if "unavailable" not in answer:
        return [pair.measurement("energy", answer["samples"], answer["reference"], **answer["conditions"])]
    cpu_ms = next((found.samples for found in measured if found.metric == "latency_cpu" and found.samples), None)
    guess = estimate(median(cpu_ms), pair.bench.target.watts_per_core) if cpu_ms else {}
    return [pair.measurement("energy", (), (), unavailable=answer["unavailable"], **guess)]
