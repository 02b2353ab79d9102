"""A soak: run on without a pause and look, at regular times, whether latency or memory drift."""

import time
from typing import TYPE_CHECKING, Any

from edgeci.config import Limits, Soak
from edgeci.isolation.process import Worker
from edgeci.statistics.intervals import FIRST_LOOK
from edgeci.workbench.side import Side

if TYPE_CHECKING:
    pass

MOMENTS = 60
SHORTEST_SECONDS = 0.1
WARM_UP_SHARE = 0.1
"""Pools and caches fill at first; that is no leak."""


def measure_soak(side: Side, limits: Limits, soak: Soak) -> dict[str, Any]:
    """Median ms and private MB at each moment, and their distance in seconds.

    Raises:
        EdgeciError: the worker dies, hangs or fails.
    """
    recorded = soak.seconds * (1 - WARM_UP_SHARE)
    block = max(recorded / MOMENTS, SHORTEST_SECONDS)
    moments: list[dict[str, float]] = []
    with Worker(limits, side.interpreter) as worker:
        runtime = worker.ask(side.opening, **side.arguments)
        run(worker, limits, soak.seconds * WARM_UP_SHARE)
        started = time.monotonic()
        while len(moments) < FIRST_LOOK or time.monotonic() - started < recorded:
            moments.append(run(worker, limits, block))
        elapsed = time.monotonic() - started
    return {
        "wall_ms": [moment["wall_ms"] for moment in moments],
        "memory_mb": [moment["memory_mb"] for moment in moments],
        "conditions": {
            "seconds": round(elapsed, 2),
            "interval_seconds": round(elapsed / len(moments), 4),
            "inferences": int(sum(moment["inferences"] for moment in moments)),
            "runtime": runtime,
        },
    }


def run(worker: Worker, limits: Limits, seconds: float) -> dict[str, float]:
    found: dict[str, float] = worker.ask(
        "edgeci.work.serving_load:run_for", limits.timeout_seconds + seconds, seconds=seconds
    )
    return found
