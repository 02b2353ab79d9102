"""A soak: run on without a pause and look, at regular times, whether latency or memory drift."""

import time
from dataclasses import dataclass

from edgeci.config import Limits, Soak
from edgeci.isolation.process import Worker
from edgeci.measuring.load import patient
from edgeci.statistics.intervals import FIRST_LOOK
from edgeci.types import Conditions
from edgeci.work.serving_load import Moment, open_up, run_for
from edgeci.workbench.contender import Side

MOMENTS = 60
SHORTEST_SECONDS = 0.1
WARM_UP_SHARE = 0.1
"""Pools and caches fill at first; that is no leak."""


@dataclass(frozen=True)
class Soaked:
    """Median ms and private MB at each moment, and their distance in seconds."""

    wall_ms: list[float]
    memory_mb: list[float]
    conditions: Conditions


def measure_soak(side: Side, limits: Limits, soak: Soak) -> Soaked:
    """
    Raises:
        EdgeciError: the worker dies, hangs or fails.
    """
    recorded = soak.seconds * (1 - WARM_UP_SHARE)
    block = max(recorded / MOMENTS, SHORTEST_SECONDS)
    moments: list[Moment] = []
    with Worker(patient(limits, soak.seconds), side.interpreter) as worker:
        runtime = worker.ask_held(open_up, side.job)
        worker.ask_held(run_for, soak.seconds * WARM_UP_SHARE)
        started = time.monotonic()
        while len(moments) < FIRST_LOOK or time.monotonic() - started < recorded:
            moments.append(worker.ask_held(run_for, block))
        elapsed = time.monotonic() - started
    conditions = Conditions(
        seconds=round(elapsed, 2),
        interval_seconds=round(elapsed / len(moments), 4),
        inferences=sum(moment.inferences for moment in moments),
        runtime=runtime,
    )
    return Soaked([moment.wall_ms for moment in moments], [moment.memory_mb for moment in moments], conditions)
