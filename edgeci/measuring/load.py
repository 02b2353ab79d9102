"""Response times under an open-loop load: what a user waits, queueing included.

The arrivals are spread over fresh processes, because two processes of one file differ and because requests that
follow each other closely tell less than they seem to: they share the machine's mood.
"""

from typing import Any

from edgeci.config import Budget, Limits, Load
from edgeci.isolation.process import Worker
from edgeci.workbench.side import Side

PATIENCE = 3.0
"""Times the arrivals' duration; a worker gives up a hopeless queue after two."""


def measure_load(side: Side, limits: Limits, load: Load, budget: Budget) -> dict[str, Any]:
    """Raw ms and failures of each request, and what else a reader needs to judge them.

    Raises:
        EdgeciError: the worker dies, hangs or fails.
    """
    latency: list[float] = []
    service: list[float] = []
    failed: list[float] = []
    arrived = 0
    seconds = load.seconds / budget.launches
    for launch in range(budget.launches):
        with Worker(limits, side.interpreter) as worker:
            runtime = worker.ask(side.opening, **side.arguments)
            found = worker.ask(
                "edgeci.work.serving_load:serve",
                limits.timeout_seconds + PATIENCE * seconds,
                rate=load.rate,
                seconds=seconds,
                seed=load.seed + launch,
            )
        latency += found["latency_ms"]
        service += found["service_ms"]
        failed += found["failed"]
        arrived += int(found["arrived"][0])
    conditions = {
        "rate": load.rate,
        "seconds": load.seconds,
        "seed": load.seed,
        "launches": budget.launches,
        "arrived": arrived,
        "runtime": runtime,
        **capacity(load.rate, service, arrived),
    }
    return {"latency_ms": latency, "failed": failed, "conditions": conditions}


def capacity(rate: float, service_ms: list[float], arrived: int) -> dict[str, Any]:
    """What one session serves a second; `saturated` where that is not enough for the rate."""
    if not service_ms:
        return {}
    served = 1e3 * len(service_ms) / sum(service_ms)
    found: dict[str, Any] = {"served_per_second": round(served, 2)}
    if rate > served:
        left = f"; {arrived - len(service_ms)} requests were given up" if arrived > len(service_ms) else ""
        found["saturated"] = f"the rate of {rate:g}/s is above what one session serves ({served:.0f}/s){left}"
    return found
