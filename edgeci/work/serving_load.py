"""Answer requests as they come, and run on and on: for load and soak.

One session answers one request at a time, as on a device; the parent counts, waits and judges.
"""

import gc
import random
import statistics
import sys
import time
from collections.abc import Sequence

import numpy as np

from edgeci.accidents import doing
from edgeci.kinds.protocol import Request
from edgeci.kinds.registry import kind
from edgeci.types import Job, Noun
from edgeci.work.held import Held
from edgeci.work.memory import private_mb
from edgeci.work.sessions import items_of, opened, runtime_of
from edgeci.work.timing import warmed_up

ITEMS = 64
SPIN_SECONDS = 0.0002
"""A sleep ends late by about this much, so the last of the wait is spent awake."""
OVERTIME = 2.0
"""A queue that is not empty after so many times the arrivals' duration is given up: it only grows."""


class Served(Noun):
    """What became of the requests, in order; those that were given up are not among them."""

    latency_ms: tuple[float, ...]
    """From the scheduled arrival to the answer."""
    service_ms: tuple[float, ...]
    failed: tuple[float, ...]
    """1 where a request failed."""
    arrived: int


class Moment(Noun):
    """A time of a soak, and what was seen at its end."""

    wall_ms: float
    """Median of its inferences."""
    memory_mb: float
    """Private and resident."""
    inferences: int


@doing("it fails on the first item, when it is warmed up")
def open_up(held: Held, job: Job) -> dict[str, str]:
    """Load a session and warm it up; keep it with what it is asked."""
    session = opened(job)
    held.requests = kind(job.kind).requests(session, items_of(job), job.items, ITEMS)
    warmed_up(held.requests[0])
    return runtime_of(session)


def serve(held: Held, rate: float, seconds: float, seed: int) -> Served:
    """Answer requests that arrive at random.

    A request that had to wait because the one before was slow counts that wait: leaving it out is the coordinated
    omission that makes most load tests look better than any user ever saw it.
    """
    latency, service, failed = [], [], []
    due = arrivals(rate, seconds, seed)
    started = time.perf_counter()
    for number, arrival in enumerate(due):
        wait_until(started + arrival)
        begun = time.perf_counter()
        if begun - started > OVERTIME * seconds:
            break
        failed.append(0.0 if answers(held.requests[number % len(held.requests)]) else 1.0)
        done = time.perf_counter()
        service.append(1e3 * (done - begun))
        latency.append(1e3 * (done - started - arrival))
    return Served(latency_ms=tuple(latency), service_ms=tuple(service), failed=tuple(failed), arrived=len(due))


def arrivals(rate: float, seconds: float, seed: int) -> list[float]:
    """Seconds at which requests arrive: a Poisson process, the same for the same seed."""
    generator = random.Random(seed)  # noqa: S311 - an order to be repeated, not a secret
    moments: list[float] = []
    moment = generator.expovariate(rate)
    while moment < seconds:
        moments.append(moment)
        moment += generator.expovariate(rate)
    return moments


def wait_until(moment: float) -> None:
    if (left := moment - time.perf_counter() - SPIN_SECONDS) > 0:
        time.sleep(left)
    while time.perf_counter() < moment:
        continue


def answers(request: Request) -> bool:
    """Whether it is answered by finite outputs; whatever a runtime raises is a failed request."""
    try:
        return all(bool(np.isfinite(output).all()) for output in request.ask() if output.dtype.kind == "f")
    except Exception as problem:  # noqa: BLE001 - the load goes on; the share of failures is what is measured
        sys.stderr.write(f"request failed: {type(problem).__name__}: {problem}\n")
        return False


def run_for(held: Held, seconds: float) -> Moment:
    """Infer without a pause, item after item.

    Raises:
        BackendFailed: an inference fails.
    """
    times = run_through(held.requests, seconds)
    gc.collect()
    return Moment(wall_ms=statistics.median(times), memory_mb=private_mb(), inferences=len(times))


def run_through(requests: Sequence[Request], seconds: float) -> list[float]:
    """At least one pass over the items, so that every median is of the same work."""
    times: list[float] = []
    end = time.perf_counter() + seconds
    while len(times) % len(requests) or not times or time.perf_counter() < end:
        begun = time.perf_counter_ns()
        requests[len(times) % len(requests)].ask()
        times.append((time.perf_counter_ns() - begun) / 1e6)
    return times
