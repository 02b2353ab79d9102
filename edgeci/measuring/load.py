"""Response times under an open-loop load: what a user waits, queueing included.

The arrivals are spread over fresh processes, because two processes of one file differ and because requests that
follow each other closely tell less than they seem to: they share the machine's mood.
"""

from dataclasses import dataclass

from edgeci.config import Budget, Limits, Load
from edgeci.isolation.process import Worker
from edgeci.types import Conditions
from edgeci.work.serving_load import open_up, serve
from edgeci.workbench.contender import Side

PATIENCE = 3.0
"""Times the arrivals' duration; a worker gives up a hopeless queue after two."""


@dataclass(frozen=True)
class Answered:
    """Raw ms and failures of each request, and what else a reader needs to judge them."""

    latency_ms: list[float]
    failed: list[float]
    conditions: Conditions


def measure_load(side: Side, limits: Limits, load: Load, budget: Budget) -> Answered:
    """
    Raises:
        EdgeciError: the worker dies, hangs or fails.
    """
    latency: list[float] = []
    service: list[float] = []
    failed: list[float] = []
    arrived = 0
    seconds = load.seconds / budget.launches
    for launch in range(budget.launches):
        with Worker(patient(limits, PATIENCE * seconds), side.interpreter) as worker:
            runtime = worker.ask_held(open_up, side.job)
            served = worker.ask_held(serve, load.rate, seconds, load.seed + launch)
        latency += served.latency_ms
        service += served.service_ms
        failed += served.failed
        arrived += served.arrived
    conditions = Conditions(
        rate=load.rate,
        seconds=load.seconds,
        seed=load.seed,
        launches=budget.launches,
        arrived=arrived,
        runtime=runtime,
        served_per_second=served_per_second(service),
        saturated=saturation(load.rate, service, arrived),
    )
    return Answered(latency, failed, conditions)


def patient(limits: Limits, seconds: float) -> Limits:
    """The same with so much longer to answer."""
    return limits.model_copy(update={"timeout_seconds": limits.timeout_seconds + seconds})


def served_per_second(service_ms: list[float]) -> float | None:
    """What one session serves a second."""
    return round(1e3 * len(service_ms) / sum(service_ms), 2) if service_ms else None


def saturation(rate: float, service_ms: list[float], arrived: int) -> str | None:
    """Why what one session serves is not enough for the rate."""
    if not service_ms or rate <= (served := 1e3 * len(service_ms) / sum(service_ms)):
        return None
    left = f"; {arrived - len(service_ms)} requests were given up" if arrived > len(service_ms) else ""
    return f"the rate of {rate:g}/s is above what one session serves ({served:.0f}/s){left}"
