"""Two commands in turn, and the ratio of what they took, with its spread.

Rounds alternate who begins, and only ratios within a round are formed: seconds of different moments, let alone of
different machines, are not compared.
"""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Spent:
    """What one run took, its children included. `out` is its standard output."""

    wall_s: float
    cpu_s: float
    out: str


@dataclass(frozen=True)
class Ratio:
    """Theirs over ours, round by round: above 1, ours is faster."""

    name: str
    median: float
    low: float
    high: float
    rounds: tuple[float, ...]


def timed(
    command: Sequence[str], folder: Path, environment: Mapping[str, str] = {}, codes: Sequence[int] = (0,)
) -> Spent:
    """Run one command to its end.

    Raises:
        SystemExit: it ended with another code than those expected.
    """
    before, started = children_cpu(), time.monotonic()
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    wall = time.monotonic() - started
    if done.returncode not in codes:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return Spent(wall, children_cpu() - before, done.stdout)


def children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def in_turn(rounds: int, ours: Callable[[], Spent], theirs: Callable[[], Spent]) -> list[tuple[Spent, Spent]]:
    """(ours, theirs) of each round; who begins alternates."""
    pairs = []
    for number in range(rounds):
        if number % 2:
            second = theirs()
            pairs.append((ours(), second))
        else:
            first = ours()
            pairs.append((first, theirs()))
    return pairs


def ratio(name: str, theirs: Sequence[float], ours: Sequence[float]) -> Ratio:
    each = tuple(round(b / a, 4) for a, b in zip(ours, theirs, strict=True))
    return Ratio(name, round(median(each), 4), min(each), max(each), each)


def table(ratios: Sequence[Ratio]) -> str:
    width = max(len(each.name) for each in ratios)
    lines = [f"{'theirs / ours':<{width}}  median  lowest  highest  rounds"]
    lines += [
        f"{each.name:<{width}}  {each.median:6.2f}  {each.low:6.2f}  {each.high:7.2f}  {len(each.rounds):6}"
        for each in ratios
    ]
    return "\n".join(lines)


def publish(ratios: Sequence[Ratio], path: Path | None, **more: Any) -> None:
    """The table on standard output, everything in the file."""
    print(table(ratios))
    if path is not None:
        path.write_text(json.dumps({"ratios": [asdict(each) for each in ratios], **more}, indent=1) + "\n")
