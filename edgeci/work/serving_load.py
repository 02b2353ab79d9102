"""What a worker does for load and soak: answer requests as they come, and run on and on.

One session answers one request at a time, as on a device; the parent counts, waits and judges.
"""

import gc
import random
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from edgeci.backends.protocol import Session
from edgeci.errors import BackendFailed
from edgeci.evaluation.samples import Feeds
from edgeci.work.tasks import open_session, read, warmed_up

ITEMS = 64
SPIN_SECONDS = 0.0002
"""A sleep ends late by about this much, so the last of the wait is spent awake."""
OVERTIME = 2.0
"""A queue that is not empty after so many times the arrivals' duration is given up: it only grows."""

opened: dict[str, Any] = {}
"""This worker's session and the items it answers."""


def open_up(
    model: str,
    recipe: dict[str, Any],
    target: dict[str, Any],
    source: dict[str, Any],
    folder: str,
    tensors: list[dict[str, Any]],
) -> dict[str, Any]:
    """Load a session and warm it up; keep it with the first items."""
    samples = read(source, folder, tensors)
    session = open_session(model, recipe, target)
    opened["session"] = session
    opened["feeds"] = [samples.feeds(index) for index in range(min(ITEMS, len(samples)))]
    warmed_up(session, opened["feeds"][0])
    return dict(session.runtime)


def serve(rate: float, seconds: float, seed: int) -> dict[str, list[float]]:
    """Answer requests that arrive at random; ms from each one's *scheduled* arrival to its answer, 1 for each failure.

    A request that had to wait because the one before was slow counts that wait: leaving it out is the coordinated
    omission that makes most load tests look better than any user ever saw it.
    """
    session, feeds = opened["session"], opened["feeds"]
    latency, service, failed = [], [], []
    due = arrivals(rate, seconds, seed)
    started = time.perf_counter()
    for number, arrival in enumerate(due):
        wait_until(started + arrival)
        begun = time.perf_counter()
        if begun - started > OVERTIME * seconds:
            break
        failed.append(0.0 if answers(session, feeds[number % len(feeds)]) else 1.0)
        done = time.perf_counter()
        service.append(1e3 * (done - begun))
        latency.append(1e3 * (done - started - arrival))
    return {"latency_ms": latency, "service_ms": service, "failed": failed, "arrived": [float(len(due))]}


def arrivals(rate: float, seconds: float, seed: int) -> list[float]:
    """Seconds at which requests arrive: a Poisson process, the same for the same seed."""
    generator = random.Random(seed)  # noqa: S311 - an order to be repeated, not a secret
    found: list[float] = []
    moment = generator.expovariate(rate)
    while moment < seconds:
        found.append(moment)
        moment += generator.expovariate(rate)
    return found


def wait_until(moment: float) -> None:
    if (left := moment - time.perf_counter() - SPIN_SECONDS) > 0:
        time.sleep(left)
    while time.perf_counter() < moment:
        continue


def answers(session: Session, feeds: Feeds) -> bool:
    """Whether an inference gives finite outputs; whatever a runtime raises is a failed request."""
    try:
        return all(bool(np.isfinite(output).all()) for output in session.infer(feeds) if output.dtype.kind == "f")
    except Exception as problem:  # noqa: BLE001 - the load goes on; the share of failures is what is measured
        sys.stderr.write(f"request failed: {type(problem).__name__}: {problem}\n")
        return False


def run_for(seconds: float) -> dict[str, float]:
    """Infer without a pause, item after item; the median ms and the resident private memory at the end.

    Raises:
        BackendFailed: an inference fails.
    """
    times = run_through(opened["session"], opened["feeds"], seconds)
    gc.collect()
    return {"wall_ms": statistics.median(times), "memory_mb": private_mb(), "inferences": float(len(times))}


def run_through(session: Session, feeds: Sequence[Feeds], seconds: float) -> list[float]:
    """At least one pass over the items, so that every median is of the same work."""
    times: list[float] = []
    end = time.perf_counter() + seconds
    while len(times) % len(feeds) or not times or time.perf_counter() < end:
        begun = time.perf_counter_ns()
        session.infer(feeds[len(times) % len(feeds)])
        times.append((time.perf_counter_ns() - begun) / 1e6)
    return times


def private_mb() -> float:
    """Anonymous resident memory: what the process itself holds. File pages, which the system may drop, are not in it.

    Raises:
        BackendFailed: the system does not say.
    """
    path = Path("/proc/self/status")
    if path.exists():
        for line in path.read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) / 1024
    raise BackendFailed(f"resident memory is read from /proc/self/status, which {sys.platform} does not offer")
