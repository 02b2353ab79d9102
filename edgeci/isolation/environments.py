"""Which interpreter runs a backend: this one where its imports are there, or a virtual environment of its own.

An environment is keyed by its pins, so a changed pin is a new environment and an old one is never half-upgraded. It
holds a backend's packages and no edgeci: a worker brings its own (own_code).
"""

import hashlib
import os
import platform
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import requires
from pathlib import Path

from filelock import FileLock, Timeout

from edgeci.accidents import FREE_SOME, FULL
from edgeci.backends.registry import backend, declared, missing_imports
from edgeci.config import Config
from edgeci.errors import BackendMissing, WorkspaceError
from edgeci.isolation.surroundings import for_pip
from edgeci.records import explained
from edgeci.say import Say

COMPLETE = ".complete"


@dataclass(frozen=True)
class Ingredients:
    """What a backend's environment is made of, in the order it is installed."""

    first: tuple[str, ...]
    """Before anything else, because another requirement would bring a larger build of it."""
    pins: tuple[str, ...]
    alone: tuple[str, ...]
    """Without what they ask for."""
    variables: Mapping[str, str]
    """Environment variables of the build."""

    @property
    def key(self) -> str:
        """Of everything that decides what comes out."""
        parts = [*self.first, "-", *self.pins, "-", *self.alone, "-", *map("=".join, sorted(self.variables.items()))]
        parts += [platform.python_version(), platform.machine()]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]

    @property
    def installs(self) -> tuple[tuple[str, ...], ...]:
        """Arguments of each `pip install`."""
        alone = ("--no-deps", *self.alone) if self.alone else ()
        return tuple(step for step in (self.first, self.pins, alone) if step)


def ingredients(name: str) -> Ingredients:
    """From `edgeci[name]` and what the backend's module says of its installation.

    Raises:
        ConfigError, BackendMissing: no such backend, its module cannot be imported, or it is not edgeci's own.
    """
    module = backend(name)
    if (reason := homeless(name)) is not None:
        raise BackendMissing(reason)
    return Ingredients(
        first=tuple(getattr(module, "INSTALL_FIRST", ())),
        pins=tuple(pins(name)),
        alone=tuple(getattr(module, "INSTALL_WITHOUT_DEPENDENCIES", ())),
        variables=dict(getattr(module, "BUILD_ENVIRONMENT", {})),
    )


def stranger(name: str) -> str | None:
    """The package that a third party's backend comes with; None for ours."""
    point = declared()[name]
    package = point.dist.name if point.dist else point.module.partition(".")[0]
    return None if package == "edgeci" else package


def homeless(name: str) -> str | None:
    """Why a backend can have no environment of its own: edgeci does not know where to get a third party's package."""
    package = stranger(name)
    return package and f"{name} has no environment of its own: it comes with {package} and runs where that is installed"


def pins(extra: str) -> list[str]:
    """What `edgeci[extra]` asks for besides edgeci itself, and what every worker needs."""
    wanted: list[str] = []
    name = extra.replace("_", "-")  # as metadata normalizes it (PEP 685)
    for requirement in requires("edgeci") or []:
        text, _, marker = requirement.partition(";")
        if not marker:
            wanted.append(text.strip())
        elif f"extra == '{name}'" in (conditions := marker.replace('"', "'")):
            others = [part.strip(" ()") for part in conditions.split(" and ") if "extra ==" not in part]
            wanted.append("; ".join([text.strip(), *([" and ".join(others)] if others else [])]))
    return sorted(text for text in wanted if not text.startswith("edgeci["))


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
    return sys.executable if not missing_imports(name) else str(python_of(folder_of(name)))


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


def environments_folder() -> Path:
    """EDGECI_ENVIRONMENTS, or edgeci's part of the user's cache; absolute, for nobody who uses it stands here."""
    if chosen := os.environ.get("EDGECI_ENVIRONMENTS"):
        return Path(chosen).absolute()
    cache = Path(os.environ.get("XDG_CACHE_HOME", ""))  # which counts only if it is absolute (XDG base directories)
    return (cache if cache.is_absolute() else Path.home() / ".cache") / "edgeci" / "environments"


def folder_of(name: str) -> Path:
    return environments_folder() / f"{name}-{ingredients(name).key}"


def python_of(folder: Path) -> Path:
    return folder / "bin" / "python"


def is_made(name: str) -> bool:
    """Whether the backend's own environment is there and whole."""
    return stranger(name) is None and is_whole(folder_of(name))


def is_whole(folder: Path) -> bool:
    """Made to the end, by a Python that is still there."""
    return (folder / COMPLETE).exists() and python_of(folder).exists()


def own_environment(name: str, say: Say) -> Path:
    """The Python of the backend's virtual environment, made on first use.

    Raises:
        BackendMissing: pip could not install it.
        WorkspaceError: the disk is full, or the folder cannot be written.
    """
    wanted, folder = ingredients(name), folder_of(name)
    with explained(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with alone(folder.with_suffix(".lock"), lambda: say(f"{name}: waiting for another edgeci that makes {folder}")):
            if not is_whole(folder):
                make(name, folder, wanted, say)
    return python_of(folder)


def make(name: str, folder: Path, wanted: Ingredients, say: Say) -> None:
    say(f"{name}: making its environment in {folder} (once)")
    venv.create(folder, with_pip=False, clear=True)
    run_module(name, folder, ("ensurepip", "--upgrade", "--default-pip"), {})
    for number, arguments in enumerate(wanted.installs, start=1):
        say(f"{name}: [{number}/{len(wanted.installs)}] pip install {' '.join(arguments)}")
        options = ("--quiet", "--disable-pip-version-check", "--no-input")
        run_module(name, folder, ("pip", "install", *options, *arguments), wanted.variables)
    (folder / COMPLETE).touch()


@contextmanager
def alone(path: Path, say_waiting: Callable[[], None]) -> Iterator[None]:
    """Hold a lock; where another process holds it, say so and wait."""
    lock = FileLock(path)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        say_waiting()
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def superseded() -> list[Path]:
    """Environments of declared backends that were made for other pins, an older edgeci's or another checkout's."""
    current = {folder_of(name) for name in declared() if stranger(name) is None}
    names = {folder.name.rpartition("-")[0] for folder in current}
    made = (path.parent for path in environments_folder().glob(f"*/{COMPLETE}"))
    return sorted(path for path in made if path.name.rpartition("-")[0] in names and path not in current)


def run_module(name: str, folder: Path, arguments: tuple[str, ...], variables: Mapping[str, str]) -> None:
    """`python -m ...` of an environment, which imports nothing from where edgeci was started and sees no secret."""
    with tempfile.TemporaryDirectory(prefix="edgeci-pip-") as place:
        done = subprocess.run(
            [python_of(folder), "-I", "-m", *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            cwd=place,
            env=for_pip(variables),
        )
    if FULL.search(done.stderr):
        raise WorkspaceError(f"{folder}: {FREE_SOME}")
    if done.returncode != 0:
        last = [line for line in done.stderr.splitlines() if line.strip() and not line.startswith("WARNING")][-3:]
        said = " ".join(last) or f"{arguments[0]} says nothing"
        raise BackendMissing(f"{name}: its environment cannot be made: {said}")
