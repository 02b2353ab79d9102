"""Busy neighbours: processes that compute at random times, as other jobs on a shared runner do.

Bounded twice: they are stopped when the block ends, and each stops by itself after `seconds`.
"""

import multiprocessing
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def neighbours(count: int, seconds: float, seed: int = 0) -> Iterator[None]:
    """`count` processes, each busy for 5 to 300 ms and then idle for 5 to 300 ms, at random."""
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=be_busy, args=(seconds, seed + index), daemon=True) for index in range(count)]
    for process in processes:
        process.start()
    try:
        yield
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.join()


def be_busy(seconds: float, seed: int) -> None:
    import numpy as np

    dice = random.Random(seed)
    data = np.random.default_rng(seed).random(2**18)  # 2 MB: they also compete for the caches
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        stop = time.monotonic() + dice.uniform(0.005, 0.3)
        while time.monotonic() < stop:
            np.sort(data)
        time.sleep(dice.uniform(0.005, 0.3))
