"""Give a timed block the processor to itself, where the system allows it, and give the processor back afterwards.

Real-time priority (`fifo`) keeps other work from interrupting a block, so that wall time is the model's and not the
queue's. It is used with care, because a busy real-time thread starves everything else on its core: only around one
block, only by the one thread that infers, only for inferences that are short, and only where the kernel throttles
real-time work (sched_rt_runtime_us, sched(7)), so that a hung inference cannot take the machine with it.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

Priority = Literal["auto", "none"]

THROTTLE = Path("/proc/sys/kernel/sched_rt_runtime_us")
LONGEST_INFERENCE_SECONDS = 0.25
"""Longer ones would run into the kernel's throttle (0.95 s in each second) and hold up the machine."""
NICE = -10


@contextmanager
def prioritized(priority: Priority, threads: int, inference_seconds: float) -> Iterator[str]:
    """Raise this thread while the block runs; yields what was reached, `fifo`, `nice -10`, or `normal` and why."""
    undo, reached = raise_priority(priority, threads, inference_seconds)
    try:
        yield reached
    finally:
        undo()


def raise_priority(priority: Priority, threads: int, inference_seconds: float) -> tuple[Callable[[], None], str]:
    if priority == "none":
        return keep, "normal"
    if threads > 1:
        return keep, "normal: more than one thread"
    if not hasattr(os, "sched_setscheduler"):
        return keep, "normal: this system has no real-time scheduling"
    if inference_seconds <= LONGEST_INFERENCE_SECONDS and throttled() and real_time():
        # Only a privileged thread may clear reset-on-fork again, and it does no harm.
        ordinary = os.SCHED_OTHER | os.SCHED_RESET_ON_FORK
        return lambda: os.sched_setscheduler(0, ordinary, os.sched_param(0)), "fifo"
    before = os.getpriority(os.PRIO_PROCESS, 0)
    try:
        os.setpriority(os.PRIO_PROCESS, 0, NICE)
    except PermissionError:
        return keep, "normal: not permitted (CAP_SYS_NICE)"
    return lambda: os.setpriority(os.PRIO_PROCESS, 0, before), f"nice {NICE}"


def real_time() -> bool:
    """Become a real-time thread; whether the system allowed it."""
    try:
        # Reset on fork: a thread that the runtime starts meanwhile does not inherit it.
        os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(1))
    except PermissionError:
        return False
    return True


def keep() -> None:
    """Nothing was raised, nothing is to be lowered."""


def throttled() -> bool:
    """Whether the kernel leaves other work a share of each second: -1 is off."""
    return THROTTLE.exists() and int(THROTTLE.read_text()) >= 0
