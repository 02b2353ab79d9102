"""What limits the speed of a model: computing, memory bandwidth, fixed overhead, or nothing that stays the same.

A busy processor is busy in three of the four cases, so it decides nothing here. What decides is how the time changes:
with the batch, with threads, against the memory bandwidth of this very machine, from item to item and from run to run.
Where the signs do not agree the answer is "undecided", with the numbers.
"""

from dataclasses import asdict

from edgeci.diagnosis.causes import CAUSES
from edgeci.diagnosis.reading import read_signs
from edgeci.diagnosis.remedies import REMEDIES
from edgeci.diagnosis.signs import Signs
from edgeci.types import Bottleneck, Observed

SLOW_LOAD_INFERENCES = 1000
BUSY_MACHINE = 1.25


def diagnose(observed: Observed) -> Bottleneck:
    """The bottleneck that the observations show."""
    return classify(read_signs(observed))


def classify(signs: Signs) -> Bottleneck:
    """The first class whose signs are there; inconsistent before all, because it makes the other numbers worthless."""
    kind, reason = next(answer for cause in CAUSES if (answer := cause(signs)) is not None)
    return Bottleneck(
        kind=kind,
        reason=reason,
        evidence=numbers(signs),
        remedies=REMEDIES[kind],
        remarks=tuple(remarks(signs)),
    )


def numbers(signs: Signs) -> dict[str, float]:
    """Every number there is, rounded for readers."""
    known = {**asdict(signs), "traffic_share": signs.traffic_share, "operator_us": signs.operator_us}
    return {name: float(f"{value:.4g}") for name, value in known.items() if value is not None}


def remarks(signs: Signs) -> list[str]:
    """What is worth knowing beside the class."""
    worth_knowing = []
    if signs.load_ms is not None and signs.load_ms >= SLOW_LOAD_INFERENCES * signs.run_ms:
        worth_knowing.append(
            f"loading takes {signs.load_ms:.0f} ms, as long as {signs.load_ms / signs.run_ms:,.0f} inferences: "
            "keep the process alive between requests"
        )
    if signs.traffic_share is None and signs.bandwidth_mb_per_second:
        worth_knowing.append(
            "reading all weights in that time is more than this machine can do: only a part of them is used by an "
            "inference (an embedding, experts, a branch)"
        )
    if signs.control_spread >= BUSY_MACHINE:
        worth_knowing.append(
            f"the machine is busy (a fixed calculation varies {signs.control_spread:.2f}x): "
            "profile again when it is quiet"
        )
    elif signs.thread_speed_up is not None and signs.thread_speed_up < 1:
        worth_knowing.append(f"{signs.threads} threads are slower than one ({signs.thread_speed_up:.2f}x)")
    return worth_knowing
