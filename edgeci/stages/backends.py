"""backend: which backends can run here, where, in which versions; and make an environment for one that cannot."""

from collections.abc import Sequence

from edgeci.backends import registry
from edgeci.errors import BackendMissing, EdgeciError
from edgeci.isolation.environments import folder_of, own_environment
from edgeci.isolation.process import Worker, ask_once
from edgeci.say import Say
from edgeci.types import Installed
from edgeci.work.machine import importable
from edgeci.workbench.installations import PATIENCE, kinds, versions_of


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
        ask_once(Worker(PATIENCE, interpreter), importable, modules)
    except EdgeciError as problem:
        raise BackendMissing(f"{name}: installed in {folder_of(name)}, but {problem}") from problem
    say(f"{name}: ready")
    return Installed(
        name=name,
        kinds=kinds(name),
        state="own environment",
        versions=versions_of(name, interpreter),
        where=str(folder_of(name)),
    )
