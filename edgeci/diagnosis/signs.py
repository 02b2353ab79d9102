"""The numbers that may decide what limits a model."""

from dataclasses import dataclass

IMPOSSIBLE = 3.0
"""More than this much of the bandwidth cannot have been moved: the weights are not all read."""


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
