"""How long a candidate takes, and how much memory: the same loop for everybody, so that nobody can cheat or drift."""

import gc
import sys
import time
from statistics import median

from edgeci.accidents import doing
from edgeci.backends import registry
from edgeci.kinds.protocol import Request
from edgeci.kinds.registry import kind
from edgeci.types import Job, Noun
from edgeci.work.held import Held
from edgeci.work.memory import measured_peak
from edgeci.work.scheduling import Priority, prioritized
from edgeci.work.sessions import items_of, opened, runtime_of
from edgeci.work.warm_up import warm_up


class Loaded(Noun):
    """A session that is ready to be timed."""

    load_ms: float
    """CPU time, the framework imported and once rehearsed."""
    warm_up_runs: int
    runtime: dict[str, str]


class Block(Noun):
    """Times of the requests of one block, in nanoseconds."""

    cpu_ns: tuple[float, ...]
    wall_ns: tuple[float, ...]
    scheduling: str
    untimed: int = 0
    """Requests before them that were dropped."""
    parts: dict[str, float] = {}
    """Median ms of the parts of a request, by metric."""


class Peak(Noun):
    """Memory above the loaded runtime, and of it; or why it cannot be had."""

    peak_mb: float = 0.0
    runtime_mb: float = 0.0
    unavailable: str | None = None


@doing("it fails on the first item, when it is warmed up")
def load(held: Held, job: Job) -> Loaded:
    """Load a session, keep it, and warm it up on the first item."""
    chosen, items = kind(job.kind), items_of(job)
    registry.backend(job.recipe.backend)
    chosen.rehearsal(opened(job), items, job.items).ask()
    gc.collect()
    started = time.process_time_ns()
    session = opened(job)
    load_ms = (time.process_time_ns() - started) / 1e6
    held.requests = chosen.requests(session, items, job.items, 1)
    return Loaded(load_ms=load_ms, warm_up_runs=warmed_up(held.requests[0]), runtime=runtime_of(session))


def warmed_up(request: Request) -> int:
    window, tolerance = request.settles
    return warm_up(request.ask, window, tolerance)


@doing("it fails while it is timed")
def time_block(held: Held, milliseconds: float, priority: Priority = "none", threads: int = 1) -> Block:
    """Requests for so long, one at least, after those that meet cold caches."""
    request = held.requests[0]
    expected_seconds = rehearsed(request)
    request.parts = {}
    cpu: list[int] = []
    wall: list[int] = []
    with prioritized(priority, threads, expected_seconds) as scheduling:
        end = time.perf_counter_ns() + int(milliseconds * 1e6)
        while not wall or time.perf_counter_ns() < end:
            cpu_before, wall_before = time.process_time_ns(), time.perf_counter_ns()
            request.ask()
            wall.append(time.perf_counter_ns() - wall_before)
            cpu.append(time.process_time_ns() - cpu_before)
    return Block(
        cpu_ns=tuple(cpu),
        wall_ns=tuple(wall),
        scheduling=scheduling,
        untimed=request.untimed,
        parts=medians(request.parts),
    )


def rehearsed(request: Request) -> float:
    """Ask the untimed requests; seconds that one takes."""
    before = time.perf_counter_ns()
    for _ in range(request.untimed):
        request.ask()
    elapsed = (time.perf_counter_ns() - before) / 1e9
    return elapsed / request.untimed if request.untimed else request.seconds


def medians(parts: dict[str, list[float]]) -> dict[str, float]:
    return {name: median(values) for name, values in parts.items()}


@doing("it fails while its memory is measured")
def peak_memory(job: Job) -> Peak:
    """Peak resident memory of loading and running, above the loaded runtime, in a process of its own.

    The runtime is rehearsed first: its code pages and tables belong to it, not to the model. Then the kernel's
    high-water mark is reset and the model loaded afresh. (`ru_maxrss` would report the parent's peak.) Mapped weights
    count.
    """
    if sys.platform != "linux":
        return Peak(unavailable=f"peak memory is read from /proc, which {sys.platform} does not have")
    chosen, items = kind(job.kind), items_of(job)

    def once() -> None:
        request = chosen.requests(opened(job), items, job.items, 1)[0]
        for _ in range(chosen.MEMORY_RUNS):
            request.ask()

    peak = measured_peak(once)
    return Peak(unavailable=peak) if isinstance(peak, str) else Peak(peak_mb=peak[0], runtime_mb=peak[1])
