"""Which backends can run here, where and in which versions."""

from typing import get_args

from edgeci.backends import registry
from edgeci.config import Limits
from edgeci.errors import EdgeciError
from edgeci.isolation.environments import environment_of, folder_of, is_made, lacking
from edgeci.isolation.process import ask_once
from edgeci.types import Installed, Task

PATIENCE = Limits(timeout_seconds=120)


VERSIONS = "edgeci.work.tasks:versions"


def listed() -> list[Installed]:
    """Every declared backend, by name. A broken one says so and stops nobody."""
    return [state_of(name) for name in registry.names()]


def state_of(name: str) -> Installed:
    """Where it can run, or why it cannot; versions by their metadata, without importing anything here."""
    try:
        tasks = kinds(name)
        missing = registry.missing_imports(name)
        if not missing:
            return Installed(name=name, tasks=tasks, state="here", versions=found_versions(name))
        if is_made(name):
            versions = found_versions(name, str(environment_of(name).python))
            return Installed(
                name=name, tasks=tasks, state="own environment", versions=versions, where=str(folder_of(name))
            )
    except EdgeciError as problem:
        return Installed(name=name, state="unavailable", reason=str(problem))
    return Installed(name=name, tasks=tasks, state="missing", reason=lacking(name, missing))


def kinds(name: str) -> tuple[Task, ...]:
    """In the order in which they are declared in `types`, not in a set's."""
    return tuple(task for task in get_args(Task) if task in registry.tasks(name))


def found_versions(name: str, interpreter: str | None = None) -> dict[str, str]:
    requirements = list(registry.backend(name).REQUIRES)
    arguments = {} if interpreter is None else {"interpreter": interpreter}
    return dict(ask_once(VERSIONS, PATIENCE, **arguments, modules=requirements))
