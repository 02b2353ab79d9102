"""Read the facts that decide what is fast here and what a measurement on this machine is worth."""

import os
import platform
import re
from collections.abc import Iterator
from pathlib import Path

from edgeci.hardware.accelerators import accelerators
from edgeci.hardware.apple import apple, sysctl
from edgeci.hardware.steadiness import steadiness, text_of
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
ARM_CORES = {
    # MIDR part numbers (Arm Ltd., implementer 0x41), as the kernel prints them; others are shown as the number.
    "0xd03": "Cortex-A53",
    "0xd05": "Cortex-A55",
    "0xd08": "Cortex-A72",
    "0xd0b": "Cortex-A76",
    "0xd0c": "Neoverse N1",
    "0xd40": "Neoverse V1",
    "0xd42": "Cortex-A78AE",
    "0xd46": "Cortex-A510",
    "0xd4d": "Cortex-A715",
    "0xd4e": "Cortex-X3",
    "0xd4f": "Neoverse V2",
}
FAST_INT8 = {"AVX-512 VNNI", "AVX VNNI", "AMX int8", "dotprod", "i8mm"}


HERE = Path("/")


def facts(root: Path = HERE) -> list[Fact]:
    """Everything readable under `root`: this machine, or a recorded one (what only a live system can say is left out).

    Memory and CPU limits of the control group are what a container really has.
    """
    return [
        *(running() if root == HERE else ()),
        *kernel(root),
        *processor(root),
        *apple(sysctl(root)),
        *accelerators(root),
        *memory(root),
        *limits(root),
        *power(root),
        *steadiness(root),
    ]


def running() -> list[Fact]:
    return [
        Fact(name="architecture", value=platform.machine(), source="uname"),
        Fact(name="system", value=f"{platform.system()} {platform.release()}", source="uname"),
        Fact(name="python", value=platform.python_version(), source="interpreter"),
    ]


def kernel(root: Path) -> Iterator[Fact]:
    path = root / "proc/version"
    if text := text_of(path):
        yield Fact(name="kernel", value=text.removeprefix("Linux version ").split()[0], source=str(path))


def processor(root: Path) -> Iterator[Fact]:
    path = root / "proc/cpuinfo"
    text = text_of(path)
    if text is None:
        return
    board = root / "proc/device-tree/model"
    if name := text_of(board):
        yield Fact(name="board", value=name, source=str(board))
    parts = {ARM_CORES.get(part, part) for part in re.findall(r"^CPU part\s*:\s*(\S+)", text, re.MULTILINE)}
    model = re.search(r"^(?:model name|Hardware|Model)\s*:\s*(.+)$", text, re.MULTILINE)
    if parts or model:
        value = " + ".join(sorted(parts)) if parts else str(model and model[1]).strip()
        yield Fact(name="cpu", value=value, source=str(path))
    flags = re.search(r"^(?:flags|Features)\s*:\s*(.+)$", text, re.MULTILINE)
    if flags:
        present = [name for flag, name in FEATURES.items() if flag in flags[1].split()]
        yield Fact(name="cpu_features", value=[*present], source=str(path))
        yield Fact(name="fast_int8", value=bool(FAST_INT8 & set(present)), source=f"{path}, dot-product instructions")
    if root == HERE:
        yield Fact(name="cpus", value=len(os.sched_getaffinity(0)), source="sched_getaffinity")
    else:
        count = len(re.findall(r"^processor\s*:", text, re.MULTILINE))
        yield Fact(name="cpus", value=count, source=str(path))


def memory(root: Path) -> Iterator[Fact]:
    path = root / "proc/meminfo"
    total = re.search(r"^MemTotal:\s*(\d+) kB", text_of(path) or "", re.MULTILINE)
    if total:
        yield Fact(name="memory_mb", value=int(total[1]) // 1024, source=str(path))


def limits(root: Path) -> Iterator[Fact]:
    """Control group limits, version 2 or 1, where there are any."""
    group = root / "sys/fs/cgroup"
    for cap in (group / "memory.max", group / "memory/memory.limit_in_bytes"):
        # Version 1 says "none" with a number near 2^63.
        if (text := text_of(cap)) and text.isdigit() and int(text) < 2**60:
            yield Fact(name="memory_limit_mb", value=int(text) // 2**20, source=str(cap))
    quota = group / "cpu.max"
    if (text := text_of(quota)) and not text.startswith("max"):
        allowed, period = text.split()
        yield Fact(name="cpu_limit", value=int(allowed) / int(period), source=str(quota))
    old = group / "cpu/cpu.cfs_quota_us"
    if (text := text_of(old)) and int(text) > 0:
        period = text_of(group / "cpu/cpu.cfs_period_us") or "100000"
        yield Fact(name="cpu_limit", value=int(text) / int(period), source=str(old))


def power(root: Path) -> Iterator[Fact]:
    readable = any((root / "sys/class/powercap").glob("*/energy_uj"))
    yield Fact(name="energy_counter", value=readable, source=str(root / "sys/class/powercap"))
    for supply in sorted((root / "sys/class/power_supply").glob("*")):
        if text_of(supply / "type") == "Battery":
            yield Fact(name="battery", value=text_of(supply / "status") or "unknown", source=str(supply))
