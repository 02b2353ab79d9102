"""Energy of one inference from the machine's own counter, in turn with the baseline; or the reason there is none.

An estimate from CPU time is shown where the target says what a core draws. It is labelled, and no gate reads it: it
would only be the CPU time again, under a name that promises more.
"""

import random
from pathlib import Path
from typing import Any

from edgeci.config import Budget, Limits
from edgeci.hardware.energy import Counter, open_counter
from edgeci.isolation.process import Worker
from edgeci.statistics.intervals import FIRST_LOOK
from edgeci.workbench.side import Side

BLOCK_MILLISECONDS = 500.0
"""The counter moves about every millisecond; a block is long against that and short against a wrap-around."""


def measure_energy(
    baseline: Side, candidate: Side, limits: Limits, budget: Budget, root: Path = Path("/")
) -> dict[str, Any]:
    """Joules of an inference in each block of the candidate and of the baseline, or `unavailable`.

    Raises:
        EdgeciError: a worker dies, hangs or fails.
    """
    counter = open_counter(root)
    if isinstance(counter, str):
        return {"unavailable": counter}
    order = random.Random(budget.seed)  # noqa: S311 - an order to be repeated, not a secret
    ours: list[float] = []
    theirs: list[float] = []
    with Worker(limits, baseline.interpreter) as their_worker, Worker(limits, candidate.interpreter) as our_worker:
        their_worker.ask(f"{baseline.tasks}:load", **baseline.arguments)
        our_worker.ask(f"{candidate.tasks}:load", **candidate.arguments)
        for _ in range(FIRST_LOOK):
            sides = [(their_worker, theirs), (our_worker, ours)]
            order.shuffle(sides)
            for worker, joules in sides:
                joules.append(joules_each(worker, counter, candidate.tasks))
    if min(*ours, *theirs) <= 0:
        return {"unavailable": f"no energy counter: {counter.source} does not move"}
    conditions = {
        "provenance": "measured",
        "counter": counter.source,
        "includes": "all that the packages did meanwhile",
    }
    return {"samples": ours, "reference": theirs, "conditions": conditions}


def joules_each(worker: Worker, counter: Counter, tasks: str) -> float:
    """Of one inference, in a block of its own; one that the block does not time is counted too."""
    before = counter.joules()
    block = worker.ask(f"{tasks}:time_block", milliseconds=BLOCK_MILLISECONDS)
    inferences = int(block["untimed"]) + len(block["wall_ns"])
    return (counter.joules() - before) / inferences


def estimate(cpu_ms: float, watts_per_core: float | None) -> dict[str, Any]:
    """What a reader may be told where nothing was measured."""
    if watts_per_core is None:
        return {}
    return {
        "provenance": "estimated",
        "estimated_joules": float(f"{cpu_ms / 1e3 * watts_per_core:.3g}"),
        "estimated_from": f"CPU time x {watts_per_core:g} W a core; an estimate, never gated",
    }
