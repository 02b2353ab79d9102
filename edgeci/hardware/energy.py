"""The machine's energy counters (RAPL, through Linux's powercap), in joules, across their wrap-around.

A package counts its cores, caches and memory controller, whoever uses them: other work and idling are in it. There is
no guess here: without a counter there is no number, only the reason.
"""

from pathlib import Path

MICROJOULES = 1e6


class Domain:
    """One counter. It wraps to zero after `max_energy_range_uj`, in minutes on a busy server: read it more often."""

    def __init__(self, folder: Path) -> None:
        self.name = (folder / "name").read_text().strip()
        self.file = folder / "energy_uj"
        self.range_uj = int((folder / "max_energy_range_uj").read_text())
        self.last_uj = self.read()
        self.total_uj = 0

    def read(self) -> int:
        return int(self.file.read_text())

    def advance(self) -> None:
        """Add what was used since the last time; a smaller number than last time has wrapped once."""
        now = self.read()
        used = now - self.last_uj
        self.total_uj += used if used >= 0 else used + self.range_uj + 1
        self.last_uj = now


class Counter:
    """The packages of this machine together."""

    def __init__(self, domains: list[Domain]) -> None:
        self.domains = domains

    @property
    def source(self) -> str:
        return f"RAPL {', '.join(domain.name for domain in self.domains)}"

    def joules(self) -> float:
        """Used since the counter was opened."""
        for domain in self.domains:
            domain.advance()
        return sum(domain.total_uj for domain in self.domains) / MICROJOULES


def open_counter(root: Path = Path("/")) -> Counter | str:
    """The counter, or why there is none."""
    powercap = root / "sys/class/powercap"
    folders: dict[str, Path] = {}
    for folder in sorted(powercap.glob("*:*")):
        name = folder / "name"
        # A package is listed again as intel-rapl-mmio; its cores and graphics are parts of it. Memory is beside it.
        if name.exists() and (label := name.read_text().strip()).startswith(("package", "dram")):
            folders.setdefault(f"{package(folder)} {label}", folder)
    if not folders:
        return "no energy counter: this machine offers no RAPL package in /sys/class/powercap"
    try:
        return Counter([Domain(folder) for folder in folders.values()])
    except PermissionError as problem:
        return f"no energy counter: {problem.filename} may be read by root only"
    except (OSError, ValueError) as problem:
        return f"no energy counter: it cannot be read ({problem})"


def package(folder: Path) -> str:
    """`intel-rapl:0:2` and `intel-rapl-mmio:0` belong to package 0."""
    return folder.name.split(":")[1]
