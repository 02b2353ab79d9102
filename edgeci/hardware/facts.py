"""Read the facts that decide what is fast here and what a measurement on this machine is worth."""

import os
import platform
import re
from collections.abc import Iterator
from pathlib import Path

from edgeci.types import Fact

FEATURES = {
    # Kernel's flag -> the name people use. x86 from /proc/cpuinfo `flags`, Arm from `Features`.
    "avx2": "AVX2",
    "avx512f": "AVX-512",
    "avx512_vnni": "AVX-512 VNNI",
    "avx_vnni": "AVX VNNI",
    "amx_int8": "AMX int8",
    "amx_bf16": "AMX bf16",
    "avx512_bf16": "AVX-512 bf16",
    "asimd": "NEON",
    "asimddp": "dotprod",
    "i8mm": "i8mm",
    "sve": "SVE",
    "bf16": "bf16",
}
FAST_INT8 = {"AVX-512 VNNI", "AVX VNNI", "AMX int8", "dotprod", "i8mm"}


def facts(root: Path = Path("/")) -> list[Fact]:
    """Everything readable under `root` (a recorded machine in tests).

    Memory and CPU limits of the control group are what a container really has.
    """
    found = [
        Fact(name="architecture", value=platform.machine(), source="uname"),
        Fact(name="system", value=f"{platform.system()} {platform.release()}", source="uname"),
        Fact(name="python", value=platform.python_version(), source="interpreter"),
    ]
    return [*found, *processor(root / "proc/cpuinfo"), *memory(root), *limits(root), *power(root)]


def processor(path: Path) -> Iterator[Fact]:
    if not path.exists():
        return
    text = path.read_text(errors="replace")
    model = re.search(r"^(?:model name|Model|Hardware)\s*:\s*(.+)$", text, re.MULTILINE)
    if model:
        yield Fact(name="cpu", value=model[1].strip(), source=str(path))
    flags = re.search(r"^(?:flags|Features)\s*:\s*(.+)$", text, re.MULTILINE)
    if flags:
        present = [name for flag, name in FEATURES.items() if flag in flags[1].split()]
        yield Fact(name="cpu_features", value=[*present], source=str(path))
        yield Fact(name="fast_int8", value=bool(FAST_INT8 & set(present)), source=f"{path}, dot-product instructions")
    yield Fact(name="cpus", value=len(os.sched_getaffinity(0)), source="sched_getaffinity")


def memory(root: Path) -> Iterator[Fact]:
    path = root / "proc/meminfo"
    total = re.search(r"^MemTotal:\s*(\d+) kB", path.read_text(), re.MULTILINE) if path.exists() else None
    if total:
        yield Fact(name="memory_mb", value=int(total[1]) // 1024, source=str(path))


def limits(root: Path) -> Iterator[Fact]:
    """cgroup v2 limits, where there are any."""
    group = root / "sys/fs/cgroup"
    cap = group / "memory.max"
    if cap.exists() and (text := cap.read_text().strip()).isdigit():
        yield Fact(name="memory_limit_mb", value=int(text) // 2**20, source=str(cap))
    quota = group / "cpu.max"
    if quota.exists() and not (text := quota.read_text().strip()).startswith("max"):
        allowed, period = text.split()
        yield Fact(name="cpu_limit", value=int(allowed) / int(period), source=str(quota))


def power(root: Path) -> Iterator[Fact]:
    readable = any((root / "sys/class/powercap").glob("*/energy_uj"))
    yield Fact(name="energy_counter", value=readable, source=str(root / "sys/class/powercap"))
    for supply in sorted((root / "sys/class/power_supply").glob("*")):
        kind = supply / "type"
        if kind.exists() and kind.read_text().strip() == "Battery":
            yield Fact(name="battery", value=(supply / "status").read_text().strip(), source=str(supply))
