"""backend: which backends can run here, where, in which versions; and make an environment for one that cannot."""

from collections.abc import Callable, Sequence
from typing import get_args

from edgeci.backends import registry
from edgeci.config import Limits
from edgeci.errors import BackendMissing, EdgeciError
from edgeci.isolation.environments import folder_of, is_made, lacking, own_environment, python_of
from edgeci.isolation.process import ask_once
from edgeci.types import Installed, Task

Say = Callable[[str], None]
PATIENCE = Limits(timeout_seconds=120)
VERSIONS = "edgeci.isolation.tasks:versions"


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
            versions = found_versions(name, str(python_of(folder_of(name))))
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


def install(names: Sequence[str], say: Say) -> list[Installed]:
    """Make the environment of each backend and import what it requires there, as proof.

    Raises:
        ConfigError: no such backend.
        BackendMissing: pip could not install it, or what it installed cannot be imported.
    """
    for name in names:
        registry.backend(name)
    return [installed(name, say) for name in names]


def installed(name: str, say: Say) -> Installed:
    interpreter = str(own_environment(name, say))
    try:
        modules = list(registry.backend(name).REQUIRES)
        ask_once("edgeci.isolation.tasks:importable", PATIENCE, interpreter=interpreter, modules=modules)
    except EdgeciError as problem:
        raise BackendMissing(f"{name}: installed in {folder_of(name)}, but {problem}") from problem
    say(f"{name}: ready")
    return Installed(
        name=name,
        tasks=kinds(name),
        state="own environment",
        versions=found_versions(name, interpreter),
        where=str(folder_of(name)),
    )
