"""How timings are taken: two live workers, baseline and candidate, in turn, until the gates have their answers.

The plan was validated on noisy two-core machines (docs/how-edgeci-decides.md): interleaved short blocks in random
order, CPU and wall time of each, at least three launches because two processes of one file differ by about 1 %, and a
look at the gates only at fixed numbers of pairs, each look spending its share of the error budget.
"""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from edgeci.config import Budget, Limits
from edgeci.isolation.process import Worker
from edgeci.statistics.intervals import FIRST_LOOK, LOOKS
from edgeci.statistics.quantiles import spread_evenly
from edgeci.work.scheduling import Priority
from edgeci.work.timing import Block, load, time_block
from edgeci.workbench.contender import Side

BLOCK_MILLISECONDS = 20.0
"""Half as long as first validated; in equal time as precise, and the first look comes sooner (docs/benchmarks.md)."""

SINGLES = 2
"""Single inferences kept of each block, for percentiles. Neighbours are alike: with two of a block each bound covers
93 to 99 %, with four 90 to 100 %; with all of them the upper one next to never does (docs/how-edgeci-decides.md)."""


@dataclass
class Trace:
    """Pairs taken so far: medians of blocks in ms, index by index for the baseline and the candidate."""

    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    reference_cpu: list[float] = field(default_factory=list)
    reference_wall: list[float] = field(default_factory=list)
    single: list[float] = field(default_factory=list)
    """Wall time of single inferences in ms, a few of each block."""
    reference_single: list[float] = field(default_factory=list)
    parts: dict[str, list[float]] = field(default_factory=dict)
    """Times in ms of the parts of an inference, by metric, where it has parts (a language model's request)."""
    reference_parts: dict[str, list[float]] = field(default_factory=dict)
    load_ms: list[float] = field(default_factory=list)
    reference_load_ms: list[float] = field(default_factory=list)
    runtime: dict[str, str] = field(default_factory=dict)
    reference_runtime: dict[str, str] = field(default_factory=dict)
    scheduling: set[str] = field(default_factory=set)
    """How the blocks were scheduled: `fifo`, `nice -10` or `normal` and why; more than one where that changed."""
    seconds: float = 0.0

    def add(self, theirs: Block, ours: Block) -> None:
        """One pair of blocks; each counts by its median, so that one interruption is nothing."""
        for block, cpu, wall in (
            (theirs, self.reference_cpu, self.reference_wall),
            (ours, self.cpu, self.wall),
        ):
            cpu.append(median(block.cpu_ns) / 1e6)
            wall.append(median(block.wall_ns) / 1e6)
            self.scheduling.add(block.scheduling)
        for block, parts in ((theirs, self.reference_parts), (ours, self.parts)):
            for name, milliseconds in block.parts.items():
                parts.setdefault(name, []).append(milliseconds)
        self.reference_single += [nanoseconds / 1e6 for nanoseconds in spread_evenly(theirs.wall_ns, SINGLES)]
        self.single += [nanoseconds / 1e6 for nanoseconds in spread_evenly(ours.wall_ns, SINGLES)]

    @property
    def contention(self) -> float:
        """Wall per CPU time of the baseline: 1 on a free core, more where it has to wait."""
        return median(wall / cpu for wall, cpu in zip(self.reference_wall, self.reference_cpu, strict=True))


def sample(baseline: Side, candidate: Side, limits: Limits, budget: Budget, decided: Callable[[Trace], bool]) -> Trace:
    """Take pairs until `decided` says so at a look, or the budget's wall seconds are used.

    Raises:
        BackendFailed: either worker dies, hangs or fails.
    """
    trace = Trace()
    order = random.Random(budget.seed)  # noqa: S311 - an order to be repeated, not a secret
    started = time.monotonic()
    for rounds in launches(budget.launches):
        run_launch(baseline, candidate, limits, budget.priority, rounds, order, trace)
        trace.seconds = time.monotonic() - started
        if len(trace.cpu) in LOOKS and decided(trace):
            break
        if trace.seconds > budget.seconds and len(trace.cpu) >= FIRST_LOOK:
            break
    return trace


def launches(first: int) -> Iterator[int]:
    """Rounds of each launch: `first` launches up to the first look, then one launch from look to look."""
    share, rest = divmod(FIRST_LOOK, first)
    yield from (share + (1 if index < rest else 0) for index in range(min(first, FIRST_LOOK)))
    yield from (after - before for before, after in pairwise(LOOKS))


def run_launch(
    baseline: Side,
    candidate: Side,
    limits: Limits,
    priority: Priority,
    rounds: int,
    order: random.Random,
    trace: Trace,
) -> None:
    with Worker(limits, baseline.interpreter) as theirs, Worker(limits, candidate.interpreter) as ours:
        loaded_theirs = theirs.ask_held(load, baseline.job)
        loaded_ours = ours.ask_held(load, candidate.job)
        trace.reference_load_ms.append(loaded_theirs.load_ms)
        trace.load_ms.append(loaded_ours.load_ms)
        trace.runtime, trace.reference_runtime = loaded_ours.runtime, loaded_theirs.runtime
        for _ in range(rounds):
            take_pair(theirs, ours, priority, candidate.job.target.threads, order, trace)


def take_pair(
    theirs: Worker, ours: Worker, priority: Priority, threads: int, order: random.Random, trace: Trace
) -> None:
    """One block of each, in random order, so that neither always meets the other's warm or cold machine."""
    workers = [theirs, ours]
    order.shuffle(workers)
    blocks = {id(worker): worker.ask_held(time_block, BLOCK_MILLISECONDS, priority, threads) for worker in workers}
    trace.add(blocks[id(theirs)], blocks[id(ours)])
