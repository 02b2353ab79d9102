"""Run until it settles: caches filled, code compiled, memory arenas grown, clocks up."""

import time
from collections.abc import Callable

SHORTEST_SECONDS = 0.2
LONGEST_SECONDS = 5.0


def warm_up(infer: Callable[[], object], window: int, tolerance: float) -> int:
    """Runs until the last `window` of them took as much CPU time as the `window` before, within `tolerance`.

    At least 0.2 s, so that a fast model is not warm after ten microseconds; at most 5 s, so that one that never
    settles is measured too; twice in any case. Returns the number of runs.
    """
    times: list[int] = []
    started = time.monotonic()
    while True:
        before = time.process_time_ns()
        infer()
        times.append(time.process_time_ns() - before)
        elapsed = time.monotonic() - started
        if len(times) >= 2 and elapsed > LONGEST_SECONDS:
            return len(times)
        if elapsed > SHORTEST_SECONDS and settled(times, window, tolerance):
            return len(times)


def settled(times: list[int], window: int, tolerance: float) -> bool:
    if len(times) < 2 * window:
        return False
    last, previous = sum(times[-window:]), sum(times[-2 * window : -window])
    return abs(last - previous) <= tolerance * previous
