"""Which interpreter runs a backend: this one where its imports are there, or a virtual environment of its own."""

import sys
from pathlib import Path

from edgeci.backends.registry import declared, missing_imports
from edgeci.config import Config
from edgeci.errors import BackendMissing
from edgeci.isolation.ingredients import homeless, ingredients, stranger
from edgeci.isolation.installation import ensure
from edgeci.isolation.virtual_environment import COMPLETE, LAYER, VirtualEnvironment, environments_folder
from edgeci.say import Say


def interpreter(name: str, config: Config, say: Say) -> str:
    """Path of the Python that can import the backend's framework.

    Raises:
        BackendMissing: not installed here and no environment of its own is there or wanted, or it cannot be made.
    """
    wanted = config.backends[name].environment if name in config.backends else "auto"
    if wanted == "venv":
        return str(own_environment(name, say))  # made on first use
    if (reason := absence(name, wanted)) is not None:
        raise BackendMissing(reason)
    return sys.executable if not missing_imports(name) else str(environment_of(name).python)


def absence(name: str, wanted: str = "auto") -> str | None:
    """Why a backend cannot run here as things are, and what would change that; None where it can."""
    if wanted == "venv":
        return homeless(name)
    missing = missing_imports(name)
    if not missing or (wanted == "auto" and is_made(name)):
        return None
    return f"{name} is not installed here: {lacking(name, missing)}"


def lacking(name: str, missing: list[str]) -> str:
    """What is not there, and what brings it."""
    package = stranger(name)
    remedy = f"run `edgeci backend install {name}`" if package is None else f"install what {package} asks for"
    return f"no {', '.join(missing)}; {remedy}"


def environment_of(name: str) -> VirtualEnvironment:
    """The backend's own, made or not.

    Raises:
        ConfigError, BackendMissing: as `ingredients`.
    """
    return VirtualEnvironment(name, ingredients(name))


def folder_of(name: str) -> Path:
    return environment_of(name).folder


def is_made(name: str) -> bool:
    """Whether the backend's own environment is there and whole."""
    return stranger(name) is None and environment_of(name).is_whole


def own_environment(name: str, say: Say) -> Path:
    """The Python of the backend's virtual environment, made on first use.

    Raises:
        ConfigError: no such backend.
        BackendMissing, WorkspaceError: as `ensure`.
    """
    wanted = environment_of(name)
    ensure(wanted, say)
    return wanted.python


def superseded() -> list[Path]:
    """Environments of declared backends that were made for other pins, an older edgeci's or another checkout's.

    So with layers that no backend's environment looks into.
    """
    ours = [environment_of(name) for name in declared() if stranger(name) is None]
    current = [*ours, *(each.layer for each in ours if each.layer is not None)]
    names, folders = {LAYER, *(each.name for each in ours)}, {each.folder for each in current}
    made = (path.parent for path in environments_folder().glob(f"*/{COMPLETE}"))
    return sorted(path for path in made if path.name.rpartition("-")[0] in names and path not in folders)
