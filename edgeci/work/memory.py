"""What this process holds in memory, as the kernel counts it."""

import ctypes
import gc
import sys
from collections.abc import Callable
from pathlib import Path

from edgeci.errors import BackendFailed

STATUS = Path("/proc/self/status")


def measured_peak(work: Callable[[], None]) -> tuple[float, float] | str:
    """MB that doing it takes above what having done it once leaves behind, and that; or why nobody can tell."""
    work()
    gc.collect()
    give_back_heap()
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError as problem:
        return f"the high-water mark cannot be reset ({problem.strerror})"
    before = entry_kb("VmHWM")
    work()
    return (entry_kb("VmHWM") - before) / 1024, before / 1024


def give_back_heap() -> None:
    """Return freed memory to the system, where the C library can, so that it is not counted as the runtime's."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def private_mb() -> float:
    """Anonymous resident memory: what the process itself holds. File pages, which the system may drop, are not in it.

    Raises:
        BackendFailed: the system does not say.
    """
    if not STATUS.exists():
        raise BackendFailed(f"resident memory is read from {STATUS}, which {sys.platform} does not offer")
    return entry_kb("RssAnon") / 1024


def entry_kb(name: str) -> int:
    for line in STATUS.read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    raise BackendFailed(f"{STATUS} has no {name}")
