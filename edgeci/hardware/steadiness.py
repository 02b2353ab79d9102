"""Facts that decide what a timing on this machine is worth: clocks, sharing, and who else may be on the processor.

Only what is readable is reported; a fact that is not there was not readable, and is never guessed.
"""

from collections.abc import Iterator
from pathlib import Path

from edgeci.types import Fact


def steadiness(root: Path = Path("/")) -> list[Fact]:
    return [*frequency(root), *sharing(root), *clocks(root), *counters(root)]


def text_of(path: Path) -> str | None:
    """Content of a kernel file; None where it is not there, not permitted or (as some are) not readable at all."""
    try:
        return path.read_text(errors="replace").strip("\0\n ")
    except OSError:
        return None


def frequency(root: Path) -> Iterator[Fact]:
    """The governor of the first core, and whether the clock may rise above its nominal value."""
    cpu = root / "sys/devices/system/cpu"
    governor = cpu / "cpu0/cpufreq/scaling_governor"
    if text := text_of(governor):
        yield Fact(name="governor", value=text, source=str(governor))
    # intel_pstate says what is forbidden, cpufreq what is allowed.
    for path, enabled in ((cpu / "intel_pstate/no_turbo", "0"), (cpu / "cpufreq/boost", "1")):
        if (text := text_of(path)) in ("0", "1"):
            yield Fact(name="turbo", value=text == enabled, source=str(path))
            return


def sharing(root: Path) -> Iterator[Fact]:
    """Hardware threads that share a core, a hypervisor whose other guests share the machine, a container."""
    active = root / "sys/devices/system/cpu/smt/active"
    if (text := text_of(active)) in ("0", "1"):
        yield Fact(name="smt", value=text == "1", source=str(active))
    cpuinfo = root / "proc/cpuinfo"
    if "hypervisor" in (text_of(cpuinfo) or "").split():
        vendor = root / "sys/class/dmi/id/sys_vendor"
        yield Fact(name="virtual_machine", value=text_of(vendor) or "unnamed", source=f"{cpuinfo}, {vendor}")
    for mark in (root / ".dockerenv", root / "run/.containerenv"):
        if mark.exists():
            yield Fact(name="container", value=True, source=str(mark))
    pressure = root / "proc/pressure/cpu"
    if (text := text_of(pressure)) and text.startswith("some avg10="):
        yield Fact(
            name="cpu_pressure_percent", value=float(text.split()[1].removeprefix("avg10=")), source=str(pressure)
        )


def clocks(root: Path) -> Iterator[Fact]:
    source = root / "sys/devices/system/clocksource/clocksource0/current_clocksource"
    if text := text_of(source):
        yield Fact(name="clock_source", value=text, source=str(source))
    throttle = root / "proc/sys/kernel/sched_rt_runtime_us"
    if text := text_of(throttle):
        yield Fact(name="realtime_throttled", value=text != "-1", source=str(throttle))


def counters(root: Path) -> Iterator[Fact]:
    """Who may read the processor's performance counters: 2 is only root, 3 (Debian, Android) nobody without a right."""
    paranoid = root / "proc/sys/kernel/perf_event_paranoid"
    if text := text_of(paranoid):
        yield Fact(name="perf_event_paranoid", value=int(text), source=str(paranoid))
