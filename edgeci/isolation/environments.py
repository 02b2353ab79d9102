"""Which interpreter runs a backend: this one where its imports are there, or a virtual environment of its own.

An environment is keyed by its pins, so a changed pin is a new environment and an old one is never half-upgraded.
"""

import hashlib
import os
import platform
import subprocess
import sys
import venv
from collections.abc import Callable
from importlib.metadata import requires
from pathlib import Path

from filelock import FileLock

from edgeci.backends.registry import missing_imports
from edgeci.config import Config
from edgeci.errors import BackendMissing

Say = Callable[[str], None]


def interpreter(name: str, config: Config, say: Say) -> str:
    """Path of the Python that can import the backend's framework.

    Raises:
        BackendMissing: not installed here and no environment of its own is wanted, or it cannot be made.
    """
    wanted = config.backends[name].environment if name in config.backends else "auto"
    if wanted == "venv":
        return str(own_environment(name, say))
    missing = missing_imports(name)
    if missing:
        raise BackendMissing(
            f"{name} is not installed here (no {', '.join(missing)}); `pip install 'edgeci[{name}]'`, or set "
            f"`backends: {{{name}: {{environment: venv}}}}`"
        )
    return sys.executable


def pins(extra: str) -> list[str]:
    """What `edgeci[extra]` asks for besides edgeci itself, and what every worker needs."""
    wanted = []
    for requirement in requires("edgeci") or []:
        text, _, marker = requirement.partition(";")
        if not marker or f"extra == '{extra}'" in marker.replace('"', "'"):
            wanted.append(text.strip())
    return sorted(text for text in wanted if not text.startswith("edgeci["))


def own_environment(name: str, say: Say) -> Path:
    """The backend's virtual environment, made on first use.

    Raises:
        BackendMissing: pip could not install it.
    """
    wanted = pins(name)
    key = hashlib.sha256("\n".join([*wanted, platform.python_version(), platform.machine()]).encode()).hexdigest()[:12]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "edgeci" / "environments"
    folder = cache / f"{name}-{key}"
    python = folder / "bin" / "python"
    cache.mkdir(parents=True, exist_ok=True)
    with FileLock(cache / f"{name}-{key}.lock"):
        if not (folder / ".complete").exists():
            say(f"{name}: making its environment in {folder} (once)")
            venv.create(folder, with_pip=True, clear=True)
            done = subprocess.run(
                [python, "-m", "pip", "install", "--quiet", *wanted], capture_output=True, text=True, check=False
            )
            if done.returncode != 0:
                last = [line for line in done.stderr.splitlines() if line.strip()][-1:]
                raise BackendMissing(f"{name}: its environment cannot be made: {' '.join(last)}")
            (folder / ".complete").touch()
    return python
