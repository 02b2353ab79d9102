"""From raw observations to signs: how time changes with the batch, with threads, from item to item, from run to run."""

import math
from collections.abc import Sequence
from statistics import median

from edgeci.diagnosis.signs import Signs
from edgeci.types import Compared, Observed

SLOW_SHARES = (0.1, 0.25)


def read_signs(observed: Observed) -> Signs:
    """The signs in raw observations."""
    times = observed.cpu_ms if observed.threads == 1 else observed.wall_ms
    cpu, wall = (median(value for row in rows for value in row) for rows in (observed.cpu_ms, observed.wall_ms))
    run_ms = max(median(value for row in times for value in row), 1e-6)
    share = clearest_share(observed)
    slow, slow_ms = spread(observed.wall_ms, share)
    items, items_ms = item_spread(observed.wall_ms)
    batch, batch_ratio = largest(observed.batch_scaling)
    threads, thread_ratio = largest(observed.thread_scaling)
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
        bandwidth_mb_per_second=bandwidth(observed),
        operator_calls=sum(entry.calls for entry in observed.operators) or None,
        batch=batch,
        batch_cost=batch_ratio / batch if batch and batch_ratio else None,
        threads=threads,
        thread_speed_up=1 / thread_ratio if thread_ratio else None,
        load_ms=median(observed.load_ms) if observed.load_ms else None,
    )


def bandwidth(observed: Observed) -> float | None:
    """MB a second that this many threads read from memory."""
    return next((max(probe.mb_per_second) for probe in observed.bandwidth if probe.threads == observed.threads), None)


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
