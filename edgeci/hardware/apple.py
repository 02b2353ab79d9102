"""Facts of a Mac, from `sysctl`."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from edgeci.types import Fact

FEATURES = {"FEAT_DotProd": "dotprod", "FEAT_I8MM": "i8mm", "FEAT_BF16": "bf16", "FEAT_SME": "SME"}


def sysctl(root: Path) -> str:
    """All of `sysctl -a`, recorded under `root` or asked on a Mac; nothing elsewhere."""
    recorded = root / "sysctl.txt"
    if recorded.exists():
        return recorded.read_text()
    if sys.platform != "darwin":
        return ""
    return subprocess.run(["/usr/sbin/sysctl", "-a"], capture_output=True, text=True, check=False).stdout


def apple(text: str) -> Iterator[Fact]:
    known = dict(line.split(": ", 1) for line in text.splitlines() if ": " in line)
    if brand := known.get("machdep.cpu.brand_string"):
        yield Fact(name="cpu", value=brand, source="sysctl machdep.cpu.brand_string")
    if any(name.startswith("hw.optional.arm.") for name in known):
        present = [name for flag, name in FEATURES.items() if known.get(f"hw.optional.arm.{flag}") == "1"]
        yield Fact(name="cpu_features", value=["NEON", *present], source="sysctl hw.optional.arm")
        fast = bool({"dotprod", "i8mm"} & set(present))
        yield Fact(name="fast_int8", value=fast, source="sysctl hw.optional.arm, dot-product instructions")
    if cores := known.get("hw.logicalcpu"):
        yield Fact(name="cpus", value=int(cores), source="sysctl hw.logicalcpu")
    if size := known.get("hw.memsize"):
        yield Fact(name="memory_mb", value=int(size) // 2**20, source="sysctl hw.memsize")
    if known.get("kern.hv_vmm_present") == "1":
        yield Fact(name="virtual_machine", value="unnamed", source="sysctl kern.hv_vmm_present")
