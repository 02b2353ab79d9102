"""Which backends can run here, where and in which versions."""

import sys

from edgeci.backends import registry
from edgeci.config import Limits
from edgeci.errors import EdgeciError
from edgeci.isolation.environments import environment_of, folder_of, is_made, lacking
from edgeci.isolation.process import Worker, ask_once
from edgeci.kinds.registry import names as known_kinds
from edgeci.types import Installed
from edgeci.work.making import versions

PATIENCE = Limits(timeout_seconds=120)


def listed() -> list[Installed]:
    """Every declared backend, by name. A broken one says so and stops nobody."""
    return [state_of(name) for name in registry.names()]


def state_of(name: str) -> Installed:
    """Where it can run, or why it cannot; versions by their metadata, without importing anything here."""
    try:
        taken = kinds(name)
        missing = registry.missing_imports(name)
        if not missing:
            return Installed(name=name, kinds=taken, state="here", versions=versions_of(name))
        if is_made(name):
            there = versions_of(name, str(environment_of(name).python))
            return Installed(
                name=name, kinds=taken, state="own environment", versions=there, where=str(folder_of(name))
            )
    except EdgeciError as problem:
        return Installed(name=name, state="unavailable", reason=str(problem))
    return Installed(name=name, kinds=taken, state="missing", reason=lacking(name, missing))


def kinds(name: str) -> tuple[str, ...]:
    """In the order in which kinds are declared, not in a set's."""
    return tuple(kind for kind in known_kinds() if kind in registry.kinds(name))


def versions_of(name: str, interpreter: str | None = None) -> dict[str, str]:
    requirements = list(registry.backend(name).REQUIRES)
    return ask_once(Worker(PATIENCE, interpreter or sys.executable), versions, requirements)
