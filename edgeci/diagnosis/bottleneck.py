"""What limits the speed of a model: computing, memory bandwidth, fixed overhead, or nothing that stays the same.

A busy processor is busy in three of the four cases, so it decides nothing here. What decides is how the time changes:
with the batch, with threads, against the memory bandwidth of this very machine, from item to item and from run to run.
Where the signs do not agree the answer is "undecided", with the numbers.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median

from edgeci.diagnosis.remedies import REMEDIES
from edgeci.types import Bottleneck, BottleneckKind, Compared, Observed

UNSTEADY_ITEMS = 1.5
"""The slowest item takes this many times the usual one, each at its best."""
UNSTEADY_RUNS = 2.0
"""A slow inference takes this many times the usual one; more than that, because other work disturbs a model's caches
and not the fixed calculation's."""
MACHINE_SHARE = 3.0
"""The model's variation counts if it is more than this many times that of a fixed calculation beside it."""
SHORTEST_MS = 0.2
"""Differences below it are the operating system's."""
SLOW_SHARES = (0.1, 0.25)
BANDWIDTH_BOUND = 0.5
"""Share of the machine's memory bandwidth that reading the weights once takes up."""
IMPOSSIBLE = 3.0
"""More than this much of the bandwidth cannot have been moved: the weights are not all read."""
LITTLE_TRAFFIC = 0.25
SHORT_OPERATOR_US = 10.0
"""Dispatching an operator costs some microseconds; one that takes no longer is mostly dispatch."""
LONG_OPERATOR_US = 50.0
CHEAP_BATCH = 0.5
"""Cost of an item in the largest batch against one alone, below which most of the cost is per call."""
LINEAR_BATCH = 0.7
THREADS_HELP = 1.5
SLOW_LOAD_INFERENCES = 1000
BUSY_MACHINE = 1.25


@dataclass(frozen=True)
class Signs:
    """The numbers that may decide; None where something could not be observed."""

    run_ms: float
    """Typical time of one inference: CPU time on one thread, wall time on several."""
    cpu_busy: float
    """CPU time per wall time and thread. Decides nothing."""
    run_spread: float
    """90th (or 75th) percentile / median of an item's inferences, wall time."""
    run_spread_ms: float
    item_spread: float
    """Slowest item / usual item, each at its best."""
    item_spread_ms: float
    control_spread: float
    """The same percentile / median of the fixed calculation."""
    control_item_spread: float
    weights_fit_cache: bool
    traffic_mb_per_second: float
    """If all weights are read once an inference."""
    bandwidth_mb_per_second: float | None = None
    operator_calls: float | None = None
    slow_share: float = 0.1
    """Which percentile the spreads are: 0.1 is the 90th."""
    batch: int | None = None
    batch_cost: float | None = None
    """Time of an item in the largest batch / time of an item alone."""
    threads: int | None = None
    thread_speed_up: float | None = None
    load_ms: float | None = None

    @property
    def traffic_share(self) -> float | None:
        """Of the bandwidth; None where it is unknown or cannot be."""
        if not self.bandwidth_mb_per_second:
            return None
        share = self.traffic_mb_per_second / self.bandwidth_mb_per_second
        return share if share <= IMPOSSIBLE else None

    @property
    def operator_us(self) -> float | None:
        return 1e3 * self.run_ms / self.operator_calls if self.operator_calls else None


def diagnose(observed: Observed) -> Bottleneck:
    """The bottleneck that the observations show."""
    return classify(read_signs(observed))


def read_signs(observed: Observed) -> Signs:
    """The signs in raw observations."""
    one_thread = observed.threads == 1
    times = observed.cpu_ms if one_thread else observed.wall_ms
    cpu, wall = (median(value for row in rows for value in row) for rows in (observed.cpu_ms, observed.wall_ms))
    run_ms = max(median(value for row in times for value in row), 1e-6)
    share = clearest_share(observed)
    slow, slow_ms = spread(observed.wall_ms, share)
    items, items_ms = item_spread(observed.wall_ms)
    batch, batch_ratio = largest(observed.batch_scaling)
    threads, thread_ratio = largest(observed.thread_scaling)
    speeds = [max(entry.mb_per_second) for entry in observed.bandwidth if entry.threads == observed.threads]
    return Signs(
        run_ms=run_ms,
        cpu_busy=cpu / max(wall, 1e-6) / observed.threads,
        run_spread=slow,
        run_spread_ms=slow_ms,
        item_spread=items,
        item_spread_ms=items_ms,
        control_spread=spread(observed.control_ms, share)[0],
        slow_share=share,
        control_item_spread=item_spread(observed.control_ms)[0],
        weights_fit_cache=observed.cache_mb is not None and observed.weights_mb <= observed.cache_mb,
        traffic_mb_per_second=observed.weights_mb / run_ms * 1e3,
        bandwidth_mb_per_second=speeds[0] if speeds else None,
        operator_calls=sum(entry.calls for entry in observed.operators) or None,
        batch=batch,
        batch_cost=batch_ratio / batch if batch and batch_ratio else None,
        threads=threads,
        thread_speed_up=1 / thread_ratio if thread_ratio else None,
        load_ms=median(observed.load_ms) if observed.load_ms else None,
    )


def clearest_share(observed: Observed) -> float:
    """The share of slow inferences that sets the model apart most: a busy machine hides one in ten, not one in four."""

    def clearness(share: float) -> float:
        model, control = (spread(rows, share)[0] - 1 for rows in (observed.wall_ms, observed.control_ms))
        return model / max(control, 0.01)

    return max(SLOW_SHARES, key=clearness)


def spread(rows: Sequence[Sequence[float]], slow_share: float) -> tuple[float, float]:
    """That percentile / median within a row, and their difference; the median over the rows."""
    slow = [sorted(row)[math.ceil((1 - slow_share) * len(row)) - 1] for row in rows]
    usual = [median(row) for row in rows]
    pairs = list(zip(slow, usual, strict=True))
    return median(high / max(low, 1e-6) for high, low in pairs), median(high - low for high, low in pairs)


def item_spread(rows: Sequence[Sequence[float]]) -> tuple[float, float]:
    """Slowest row / usual row and their difference, each row at its best, which other work cannot raise."""
    best = [min(row) for row in rows]
    return max(best) / max(median(best), 1e-6), max(best) - median(best)


def largest(points: Sequence[Compared]) -> tuple[int | None, float | None]:
    """The largest size and its time against size 1: the median of the pairs."""
    bigger = [point for point in points if point.size > 1]
    if not bigger:
        return None, None
    point = max(bigger, key=lambda each: each.size)
    return point.size, median(ours / theirs for ours, theirs in zip(point.milliseconds, point.reference, strict=True))


Found = tuple[BottleneckKind, str]
"""Kind and reason."""


def classify(signs: Signs) -> Bottleneck:
    """The first class whose signs are there; inconsistent before all, because it makes the other numbers worthless."""
    kind, reason = next(found for rule in RULES if (found := rule(signs)) is not None)
    return Bottleneck(
        kind=kind,
        reason=reason,
        evidence=numbers(signs),
        remedies=REMEDIES[kind],
        remarks=tuple(remarks(signs)),
    )


def numbers(signs: Signs) -> dict[str, float]:
    """Every number there is, rounded for readers."""
    found = {**asdict(signs), "traffic_share": signs.traffic_share, "operator_us": signs.operator_us}
    return {name: float(f"{value:.4g}") for name, value in found.items() if value is not None}


def inconsistent(signs: Signs) -> Found | None:
    """Varies from item to item or from run to run, much more than a fixed calculation in the same minute does."""
    if stands_out(signs.item_spread, signs.control_item_spread, UNSTEADY_ITEMS) and signs.item_spread_ms >= SHORTEST_MS:
        return "inconsistent", (
            f"the slowest item takes {signs.item_spread:.1f}x as long as the usual one, each at its best "
            f"(a fixed calculation: {signs.control_item_spread:.2f}x); the work depends on the data"
        )
    if stands_out(signs.run_spread, signs.control_spread, UNSTEADY_RUNS) and signs.run_spread_ms >= SHORTEST_MS:
        return "inconsistent", (
            f"one in {1 / signs.slow_share:.0f} inferences of an item takes {signs.run_spread:.1f}x the usual time "
            f"(a fixed calculation: {signs.control_spread:.2f}x), so it is the model or its runtime, not the machine"
        )
    return None


def stands_out(ratio: float, control: float, unsteady: float) -> bool:
    return ratio >= unsteady and ratio - 1 >= MACHINE_SHARE * (control - 1)


def bandwidth_bound(signs: Signs) -> Found | None:
    """Reading the weights once already takes a large part of what memory can deliver."""
    share = signs.traffic_share
    if share is None or signs.weights_fit_cache or share < BANDWIDTH_BOUND or is_linear(signs):
        return None
    batch = f"; a batch of {signs.batch} costs {signs.batch_cost:.0%} an item" if signs.batch_cost is not None else ""
    return "bandwidth-bound", (
        f"reading the weights once an inference takes {signs.traffic_mb_per_second:,.0f} MB/s, {share:.0%} of the "
        f"{signs.bandwidth_mb_per_second:,.0f} MB/s that this machine reads from a buffer of that size{batch}"
    )


def overhead_bound(signs: Signs) -> Found | None:
    """Costs per call or per operator, hardly per item."""
    if signs.operator_us is not None:
        if signs.operator_us <= SHORT_OPERATOR_US and not is_linear(signs):
            return "overhead-bound", (
                f"{signs.operator_calls:.0f} operators in {signs.run_ms:.3g} ms are {signs.operator_us:.1f} us each, "
                "which is mostly the cost of calling them" + batch_words(signs)
            )
        return None
    little = signs.traffic_share is None or signs.traffic_share <= LITTLE_TRAFFIC
    if little and signs.batch_cost is not None and signs.batch_cost <= CHEAP_BATCH:
        return "overhead-bound", "the cost is per call, not per item" + batch_words(signs)
    return None


def compute_bound(signs: Signs) -> Found | None:
    """More work takes more time, and memory could deliver more than is asked of it."""
    cheap = signs.batch_cost is not None and signs.batch_cost <= CHEAP_BATCH
    if cheap:
        return None
    traffic = "" if signs.traffic_share is None else f"; the weights take {signs.traffic_share:.0%} of the bandwidth"
    if is_linear(signs):
        return "compute-bound", f"time grows with the work{batch_words(signs)}{traffic}"
    if signs.traffic_share is not None and signs.traffic_share > LITTLE_TRAFFIC:
        return None
    if signs.thread_speed_up is not None and signs.thread_speed_up >= THREADS_HELP:
        return "compute-bound", f"{signs.threads} threads make it {signs.thread_speed_up:.1f}x faster{traffic}"
    if signs.operator_us is not None and signs.operator_us >= LONG_OPERATOR_US:
        return "compute-bound", f"its operators take {signs.operator_us:,.0f} us each, computing{traffic}"
    return None


def undecided(signs: Signs) -> Found:
    missing = [
        words
        for value, words in (
            (signs.traffic_share, "memory traffic"),
            (signs.operator_calls, "an operator profile"),
            (signs.batch_cost, "batch scaling"),
        )
        if value is None
    ]
    what = f"without {', '.join(missing)} nothing decides it" if missing else "the signs do not agree"
    return "undecided", f"{what}; the numbers are in the evidence"


def is_linear(signs: Signs) -> bool:
    """Whether an item in a batch costs nearly as much as one alone."""
    return signs.batch_cost is not None and signs.batch_cost >= LINEAR_BATCH


def batch_words(signs: Signs) -> str:
    return "" if signs.batch_cost is None else f"; in a batch of {signs.batch} an item costs {signs.batch_cost:.0%}"


def remarks(signs: Signs) -> list[str]:
    """What is worth knowing beside the class."""
    found = []
    if signs.load_ms is not None and signs.load_ms >= SLOW_LOAD_INFERENCES * signs.run_ms:
        found.append(
            f"loading takes {signs.load_ms:.0f} ms, as long as {signs.load_ms / signs.run_ms:,.0f} inferences: "
            "keep the process alive between requests"
        )
    if signs.traffic_share is None and signs.bandwidth_mb_per_second:
        found.append(
            "reading all weights in that time is more than this machine can do: only a part of them is used by an "
            "inference (an embedding, experts, a branch)"
        )
    if signs.control_spread >= BUSY_MACHINE:
        found.append(
            f"the machine is busy (a fixed calculation varies {signs.control_spread:.2f}x): "
            "profile again when it is quiet"
        )
    elif signs.thread_speed_up is not None and signs.thread_speed_up < 1:
        found.append(f"{signs.threads} threads are slower than one ({signs.thread_speed_up:.2f}x)")
    return found


RULES = (inconsistent, bandwidth_bound, overhead_bound, compute_bound, undecided)
