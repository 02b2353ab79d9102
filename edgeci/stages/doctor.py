"""doctor: what a person should know of this machine before trusting a run on it. Changes nothing."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from edgeci import __version__
from edgeci.errors import EdgeciError
from edgeci.hardware.facts import facts
from edgeci.isolation.environments import superseded
from edgeci.isolation.process import Worker, ask_once
from edgeci.isolation.virtual_environment import environments_folder
from edgeci.types import Check, Fact, Installed
from edgeci.work.machine import reachable_priority
from edgeci.work.making import versions
from edgeci.workbench.installations import PATIENCE, listed

LITTLE_DISK_GB = 5.0
LITTLE_MEMORY_MB = 2048
BUSY_PERCENT = 20.0


def examine(workspace: Path) -> list[Check]:
    """Every check, in the order a person would go through them."""
    known = {fact.name: fact for fact in facts()}
    return [
        Check(name="edgeci", state="ok", message=f"{__version__} in {Path(__file__).parents[1]}"),
        *machine(known),
        *places(workspace),
        *leftovers(),
        worker(),
        priority(),
        docker(),
        *backends(listed()),
    ]


def machine(known: dict[str, Fact]) -> Iterator[Check]:
    yield said(known, "python")
    yield said(known, "system")
    processor = f"{value(known, 'cpu')}, {value(known, 'cpus')} CPUs, {value(known, 'cpu_features')}"
    if value(known, "fast_int8") is False:
        remedy = "int8 is rarely faster here; measure on the hardware you ship on"
        yield Check(name="processor", state="warning", message=processor, remedy=remedy)
    else:
        yield Check(name="processor", state="ok", message=processor)
    memory = value(known, "memory_limit_mb") or value(known, "memory_mb")
    if isinstance(memory, int | float):
        little = memory < LITTLE_MEMORY_MB
        remedy = "set limits.memory_mb, or use a larger runner" if little else ""
        yield Check(name="memory", state="warning" if little else "ok", message=f"{memory:,.0f} MB", remedy=remedy)
    pressure = value(known, "cpu_pressure_percent")
    if isinstance(pressure, int | float) and pressure > BUSY_PERCENT:
        remedy = "timings will take longer or stay inconclusive; stop what else runs"
        yield Check(
            name="load",
            state="warning",
            message=f"something waits for a CPU {pressure:.0f} % of the time",
            remedy=remedy,
        )


def value(known: dict[str, Fact], name: str) -> object:
    content = known[name].value if name in known else None
    return ", ".join(map(str, content)) if isinstance(content, list) else content


def said(known: dict[str, Fact], name: str) -> Check:
    return Check(name=name, state="ok", message=str(value(known, name)))


def places(workspace: Path) -> Iterator[Check]:
    """Where edgeci writes: can it, and is there room?"""
    for name, folder in (
        ("workspace", workspace),
        ("temporary files", Path(tempfile.gettempdir())),
        ("environments", environments_folder()),
    ):
        there = next(parent for parent in (folder.absolute(), *folder.absolute().parents) if parent.exists())
        free_gb = shutil.disk_usage(there).free / 1e9
        if not os.access(there, os.W_OK):
            yield Check(name=name, state="problem", message=f"{folder}: not writable", remedy="choose another folder")
        elif free_gb < LITTLE_DISK_GB:
            yield Check(name=name, state="warning", message=f"{folder}: {free_gb:.1f} GB free", remedy="make room")
        else:
            yield Check(name=name, state="ok", message=f"{folder}: {free_gb:.0f} GB free")


def leftovers() -> Iterator[Check]:
    """Environments nobody here asks for any more; another checkout may."""
    if old := superseded():
        folders = " ".join(str(folder) for folder in old)
        remedy = f"if no other checkout of edgeci needs them: rm -r {folders}"
        message = f"{len(old)} made for other versions of backends, each up to 1 GB"
        yield Check(name="old environments", state="warning", message=message, remedy=remedy)


def worker() -> Check:
    """Whether a worker starts, answers and keeps its limits."""
    try:
        ask_once(Worker(PATIENCE), versions, ["numpy"])
    except EdgeciError as problem:
        return Check(name="workers", state="problem", message=str(problem), remedy="nothing can run; see the message")
    return Check(name="workers", state="ok", message="a worker process starts and answers")


def priority() -> Check:
    """Whether a timed block may have the processor to itself."""
    reached = ask_once(Worker(PATIENCE), reachable_priority)
    if str(reached).startswith("normal"):
        remedy = "wall times are judged on a quiet machine only; allow CAP_SYS_NICE, or gate on CPU time"
        return Check(name="priority", state="warning", message=str(reached), remedy=remedy)
    return Check(name="priority", state="ok", message=f"timed blocks run at {reached}")


def docker() -> Check:
    client = shutil.which("docker")
    if client is None:
        return Check(name="docker", state="ok", message="not installed; nothing here needs it")
    if not Path("/var/run/docker.sock").exists():
        return Check(name="docker", state="ok", message=f"{client} without an engine; nothing here needs one")
    return Check(name="docker", state="ok", message=f"{client}, with an engine")


def backends(installed: list[Installed]) -> Iterator[Check]:
    for backend in installed:
        versions = ", ".join(f"{name} {version}" for name, version in backend.versions.items())
        if backend.is_usable:
            yield Check(name=backend.name, state="ok", message=f"{backend.state}: {versions}")
        else:
            yield Check(name=backend.name, state="warning", message=f"{backend.state}: {backend.reason}")
    if not any(backend.is_usable for backend in installed):
        remedy = "run `edgeci backend install onnxruntime`"
        yield Check(name="backends", state="problem", message="none can run, so no candidate can", remedy=remedy)
