"""What a worker does for `profile`: look at one model from several sides. Everything raw; nothing is judged here.

What is compared is taken in turn, block by block, so that a busy machine slows both sides of a comparison.
"""

import os
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from edgeci.backends.registry import operator_profiler
from edgeci.errors import EdgeciError
from edgeci.evaluation.arrays import Array
from edgeci.evaluation.samples import Feeds, Samples
from edgeci.kinds.answers import Session
from edgeci.types import Bandwidth, Compared, Job, Noun, OperatorTime
from edgeci.work.sessions import items_of, opened

ITEMS = 12
FEWEST_ROUNDS, MOST_ROUNDS = 5, 100
PAIRS = 9
LOADS = 3
WARM_UP_SECONDS = 0.2
BLOCK_SECONDS = 0.01
BATCHES = (2, 4, 8)
BANDWIDTH_READS = 15
SMALLEST_BUFFER_MB, LARGEST_BUFFER_MB = 8.0, 1024.0
CONTROL_MS = (0.1, 20.0)
"""The fixed calculation takes as long as an inference, within these limits, so that it is as often interrupted."""


class Varied(Noun):
    """Times of single inferences in ms, a row an item, a column a round."""

    cpu_ms: tuple[tuple[float, ...], ...]
    wall_ms: tuple[tuple[float, ...], ...]
    control_ms: tuple[tuple[float, ...], ...]


class Batches(Noun):
    """Whole batches, each in turn with one item; where one fails, the reason and what came before."""

    points: tuple[Compared, ...] = ()
    unavailable: str | None = None


class Operators(Noun):
    """The runtime's own operator profile, longest first; or why there is none."""

    operators: tuple[OperatorTime, ...] = ()
    unavailable: str | None = None


def warm_up(session: Session, feeds: Feeds) -> None:
    """Long enough for pools and caches; a gate's timings, which need more, are not taken here."""
    runs, end = 0, time.monotonic() + WARM_UP_SECONDS
    while runs < FEWEST_ROUNDS or time.monotonic() < end:
        session.infer(feeds)
        runs += 1


def load_times(job: Job) -> tuple[float, ...]:
    """CPU ms to load the model, several times, after a first time that brings the runtime itself into memory."""
    opened(job)
    return tuple(timed(lambda: opened(job))[0] for _ in range(LOADS))


def variation(job: Job, seconds: float) -> Varied:
    """CPU and wall ms of single inferences, (items, rounds), each after a fixed calculation whose wall ms go along."""
    samples: Samples = items_of(job)
    session: Session = opened(job)
    feeds = [samples.feeds(index) for index in range(min(ITEMS, len(samples)))]
    warm_up(session, feeds[0])
    once = statistics.median(timed(lambda: session.infer(feeds[0]))[1] for _ in range(5))
    steps = control_steps(min(max(once, CONTROL_MS[0]), CONTROL_MS[1]))
    for each in feeds:
        session.infer(each)
    rounds = min(max(int(1e3 * seconds / (2 * once * len(feeds))), FEWEST_ROUNDS), MOST_ROUNDS)
    cpu: list[list[float]] = [[] for _ in feeds]
    wall: list[list[float]] = [[] for _ in feeds]
    control: list[list[float]] = [[] for _ in feeds]
    for _ in range(rounds):
        for index, each in enumerate(feeds):
            control[index].append(timed(lambda: calculate(steps))[1])
            used, waited = timed(lambda each=each: session.infer(each))  # type: ignore[misc]
            cpu[index].append(used)
            wall[index].append(waited)
    return Varied(cpu_ms=rows(cpu), wall_ms=rows(wall), control_ms=rows(control))


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """CPU and wall ms of the whole process, all threads."""
    cpu, wall = time.process_time_ns(), time.perf_counter_ns()
    work()
    return (time.process_time_ns() - cpu) / 1e6, (time.perf_counter_ns() - wall) / 1e6


def calculate(steps: int) -> int:
    """Work that is always the same and needs no memory."""
    value = 1
    for step in range(steps):
        value = (value * 1103515245 + step) & 0x7FFFFFFF
    return value


def control_steps(milliseconds: float) -> int:
    best = min(timed(lambda: calculate(10_000))[1] for _ in range(5))
    return max(int(10_000 * milliseconds / best), 1)


def thread_scaling(job: Job) -> tuple[Compared, ...]:
    """Wall ms on 2, 4, ... and all processors, each in turn with one thread. Empty on one processor."""
    feeds = first_feeds(job)
    one: Session = opened(with_threads(job, 1))
    warm_up(one, feeds)
    points = []
    for threads in thread_counts(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()):
        many: Session = opened(with_threads(job, threads))
        warm_up(many, feeds)
        points.append(in_turn(threads, lambda many=many: many.infer(feeds), lambda: one.infer(feeds), wall=True))  # type: ignore[misc]
    return tuple(points)


def thread_counts(processors: int | None) -> list[int]:
    """Powers of two up to the number of processors, and that number."""
    most = processors or 1
    return sorted({count for count in (*(2**power for power in range(1, 10)), most) if 1 < count <= most})


def in_turn(size: int, work: Callable[[], object], reference: Callable[[], object], wall: bool) -> Compared:
    """Median ms of blocks of both, in turn."""
    ours, theirs = [], []
    for _ in range(PAIRS):
        theirs.append(block(reference, wall))
        ours.append(block(work, wall))
    return Compared(size=size, milliseconds=tuple(ours), reference=tuple(theirs))


def block(work: Callable[[], object], wall: bool) -> float:
    """Median ms of at least one run and at least 10 ms of runs, after one that is dropped."""
    work()
    times: list[float] = []
    end = time.monotonic() + BLOCK_SECONDS
    while not times or time.monotonic() < end:
        times.append(timed(work)[1 if wall else 0])
    return statistics.median(times)


def batch_scaling(job: Job) -> Batches:
    """Batches of 2, 4 and 8 items, each in turn with one item; where one fails, the reason and what came before."""
    fixed = [each.name for each in job.items.tensors if not each.shape or isinstance(each.shape[0], int)]
    if fixed:
        return Batches(unavailable=f"input {fixed[0]!r} has a fixed batch")
    samples: Samples = items_of(job)
    session: Session = opened(job)
    single = samples.feeds(0)
    warm_up(session, single)
    points: list[Compared] = []
    for size in BATCHES:
        try:
            points.append(batched_point(session, samples, size, job.target.threads > 1))
        except EdgeciError:
            raise
        except Exception as problem:  # noqa: BLE001 - a shape baked into the graph shows as any error of any runtime
            reason = " ".join(str(problem).split())[:200]
            return Batches(points=tuple(points), unavailable=f"a batch of {size} fails ({reason})")
    return Batches(points=tuple(points))


def batched_point(session: Session, samples: Samples, size: int, wall: bool) -> Compared:
    single, many = samples.feeds(0), batch_of(samples, size)
    return in_turn(size, lambda: session.infer(many), lambda: session.infer(single), wall)


def batch_of(samples: Samples, size: int) -> Feeds:
    """The first items, from the start again where there are not enough, along the first axis."""
    items = [samples.feeds(index % len(samples)) for index in range(size)]
    return {name: np.concatenate([item[name] for item in items]) for name in items[0]}


def bandwidth(megabytes: float, threads: Sequence[int]) -> tuple[Bandwidth, ...]:
    """MB/s of reading a buffer of that size (a sum over float32, as a matrix product reads weights), several times.

    Each thread reads a part of its own. One thread's time is CPU time, so that waiting for a processor does not count.
    """
    size = min(max(megabytes, SMALLEST_BUFFER_MB), LARGEST_BUFFER_MB)
    buffer = np.ones(int(size * 1e6 / 4), np.float32)
    readings = []
    for count in threads:
        parts = np.array_split(buffer, count)
        speeds = [buffer.nbytes / 1e3 / read_all(parts) for _ in range(BANDWIDTH_READS)]
        readings.append(Bandwidth(threads=count, mb_per_second=tuple(speeds)))
    return tuple(readings)


def read_all(parts: Sequence[Array]) -> float:
    """ms to read every part, each in a thread of its own."""
    if len(parts) == 1:
        return timed(lambda: fold(parts[0]))[0]
    workers = [threading.Thread(target=fold, args=(part,)) for part in parts]
    started = time.perf_counter_ns()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return (time.perf_counter_ns() - started) / 1e6


def fold(part: Array) -> float:
    """Read everything once, with vector instructions."""
    return float(part.max())


def operators(job: Job, runs: int) -> Operators:
    """The runtime's own operator profile, longest first; or why there is none."""
    profiler = operator_profiler(job.recipe.backend)
    if profiler is None:
        return Operators(unavailable=f"the backend {job.recipe.backend} offers no operator profile")
    times = profiler(Path(job.model), job.recipe, job.target, first_feeds(job), runs)
    return Operators(operators=tuple(sorted(times, key=lambda entry: -entry.milliseconds)))


def first_feeds(job: Job) -> Feeds:
    samples: Samples = items_of(job)
    return samples.feeds(0)


def with_threads(job: Job, threads: int) -> Job:
    return job.model_copy(update={"target": job.target.model_copy(update={"threads": threads})})


def rows(columns: list[list[float]]) -> tuple[tuple[float, ...], ...]:
    return tuple(map(tuple, columns))
