"""What signs show, a cause a function: its kind and reason, or None where its signs are not there."""

from edgeci.diagnosis.signs import Signs
from edgeci.types import BottleneckKind

UNSTEADY_ITEMS = 1.5
"""The slowest item takes this many times the usual one, each at its best."""
UNSTEADY_RUNS = 2.0
"""A slow inference takes this many times the usual one; more than that, because other work disturbs a model's caches
and not the fixed calculation's."""
MACHINE_SHARE = 3.0
"""The model's variation counts if it is more than this many times that of a fixed calculation beside it."""
SHORTEST_MS = 0.2
"""Differences below it are the operating system's."""
BANDWIDTH_BOUND = 0.5
"""Share of the machine's memory bandwidth that reading the weights once takes up."""
LITTLE_TRAFFIC = 0.25
SHORT_OPERATOR_US = 10.0
"""Dispatching an operator costs some microseconds; one that takes no longer is mostly dispatch."""
LONG_OPERATOR_US = 50.0
CHEAP_BATCH = 0.5
"""Cost of an item in the largest batch against one alone, below which most of the cost is per call."""
LINEAR_BATCH = 0.7
THREADS_HELP = 1.5
Cause = tuple[BottleneckKind, str]
"""Kind and reason."""


def inconsistent(signs: Signs) -> Cause | None:
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


def bandwidth_bound(signs: Signs) -> Cause | None:
    """Reading the weights once already takes a large part of what memory can deliver."""
    share = signs.traffic_share
    if share is None or signs.weights_fit_cache or share < BANDWIDTH_BOUND or is_linear(signs):
        return None
    batch = f"; a batch of {signs.batch} costs {signs.batch_cost:.0%} an item" if signs.batch_cost is not None else ""
    return "bandwidth-bound", (
        f"reading the weights once an inference takes {signs.traffic_mb_per_second:,.0f} MB/s, {share:.0%} of the "
        f"{signs.bandwidth_mb_per_second:,.0f} MB/s that this machine reads from a buffer of that size{batch}"
    )


def overhead_bound(signs: Signs) -> Cause | None:
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


def compute_bound(signs: Signs) -> Cause | None:
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


def undecided(signs: Signs) -> Cause:
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


CAUSES = (inconsistent, bandwidth_bound, overhead_bound, compute_bound, undecided)
