"""How many threads this machine can really run at once, and how many cores others keep busy."""

import math
import re
import time
from collections.abc import Sequence
from pathlib import Path

from edgeci.hardware.steadiness import text_of
from edgeci.types import Fact

STATISTICS = Path("/proc/stat")
MOMENT_SECONDS = 0.3


def most_threads(known: Sequence[Fact]) -> tuple[int, str] | None:
    """The CPUs, or what the control group leaves of them, and where that stands; None where neither is known.

    A started CPU counts: half a CPU runs one thread, slowly.
    """
    limits = [
        (max(1, math.ceil(fact.value)), f"{fact.name} {fact.value:g}, {fact.source}")
        for fact in known
        if fact.name in ("cpus", "cpu_limit") and isinstance(fact.value, int | float)
    ]
    return min(limits, default=None)


def busy_cores(path: Path = STATISTICS, seconds: float = MOMENT_SECONDS) -> float | None:
    """Cores that were at work in a moment, of the whole machine; None where the kernel does not say."""
    before = ticks(path)
    time.sleep(seconds)
    after = ticks(path)
    if before is None or after is None or after[1] == before[1]:
        return None
    cores, (worked, passed) = after[2], (after[0] - before[0], after[1] - before[1])
    return cores * worked / passed


def ticks(path: Path) -> tuple[int, int, int] | None:
    """Worked, all, and the number of cores. Columns: proc(5), /proc/stat; idle and iowait are no work."""
    text = text_of(path) or ""
    total = re.search(r"^cpu +([\d ]+)$", text, re.MULTILINE)
    if total is None:
        return None
    columns = [int(column) for column in total[1].split()][:8]
    return sum(columns) - sum(columns[3:5]), sum(columns), len(re.findall(r"^cpu\d", text, re.MULTILINE))
