"""Energy of one inference from the machine's own counter, in turn with the baseline; or the reason there is none.

An estimate from CPU time is shown where the target says what a core draws. It is labelled, and no gate reads it: it
would only be the CPU time again, under a name that promises more.
"""

import random
from dataclasses import dataclass
from pathlib import Path

from edgeci.config import Budget, Limits
from edgeci.hardware.energy import Counter, open_counter
from edgeci.isolation.process import Worker
from edgeci.statistics.intervals import FIRST_LOOK
from edgeci.types import Conditions
from edgeci.work.timing import load, time_block
from edgeci.workbench.contender import Side

BLOCK_MILLISECONDS = 500.0
"""The counter moves about every millisecond; a block is long against that and short against a wrap-around."""


@dataclass(frozen=True)
class Joules:
    """Of an inference in each block of the candidate and of the baseline; none where `conditions` say why."""

    conditions: Conditions
    samples: tuple[float, ...] = ()
    reference: tuple[float, ...] = ()


def measure_energy(baseline: Side, candidate: Side, limits: Limits, budget: Budget, root: Path = Path("/")) -> Joules:
    """Blocks of both in turn.

    Raises:
        EdgeciError: a worker dies, hangs or fails.
    """
    counter = open_counter(root)
    if isinstance(counter, str):
        return Joules(Conditions(unavailable=counter))
    order = random.Random(budget.seed)  # noqa: S311 - an order to be repeated, not a secret
    ours: list[float] = []
    theirs: list[float] = []
    with Worker(limits, baseline.interpreter) as their_worker, Worker(limits, candidate.interpreter) as our_worker:
        their_worker.ask_held(load, baseline.job)
        our_worker.ask_held(load, candidate.job)
        for _ in range(FIRST_LOOK):
            sides = [(their_worker, theirs), (our_worker, ours)]
            order.shuffle(sides)
            for worker, joules in sides:
                joules.append(joules_each(worker, counter))
    if min(*ours, *theirs) <= 0:
        return Joules(Conditions(unavailable=f"no energy counter: {counter.source} does not move"))
    return Joules(measured(counter), tuple(ours), tuple(theirs))


def measured(counter: Counter) -> Conditions:
    return Conditions(provenance="measured", counter=counter.source, includes="all that the packages did meanwhile")


def joules_each(worker: Worker, counter: Counter) -> float:
    """Of one inference, in a block of its own; one that the block does not time is counted too."""
    before = counter.joules()
    block = worker.ask_held(time_block, BLOCK_MILLISECONDS)
    return (counter.joules() - before) / (block.untimed + len(block.wall_ns))


def estimate(conditions: Conditions, cpu_ms: float, watts_per_core: float | None) -> Conditions:
    """What a reader may be told where nothing was measured."""
    if watts_per_core is None:
        return conditions
    return conditions.model_copy(
        update={
            "provenance": "estimated",
            "estimated_joules": float(f"{cpu_ms / 1e3 * watts_per_core:.3g}"),
            "estimated_from": f"CPU time x {watts_per_core:g} W a core; an estimate, never gated",
        }
    )
