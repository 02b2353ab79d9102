"""Where a virtual environment is and whether it is whole, and so with the layer of large packages that it looks into.

It holds packages and no edgeci: a worker brings its own (own_code).
"""

import os
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from edgeci.isolation.ingredients import Ingredients

COMPLETE = ".complete"
LAYER = "layer"


@dataclass(frozen=True)
class VirtualEnvironment:
    """A folder that is named by what is in it."""

    name: str
    """Of the backend that runs in it, or LAYER."""
    ingredients: Ingredients

    @property
    def folder(self) -> Path:
        return environments_folder() / f"{self.name}-{self.ingredients.key}"

    @property
    def python(self) -> Path:
        return python_of(self.folder)

    @property
    def packages(self) -> Path:
        """Where pip puts them."""
        return Path(sysconfig.get_path("purelib", "venv", {"base": str(self.folder)}))

    @property
    def layer(self) -> "VirtualEnvironment | None":
        """What is below, and the same for each environment that asks for the same there."""
        below = self.ingredients.layer
        return VirtualEnvironment(LAYER, below) if below else None

    @property
    def is_whole(self) -> bool:
        """Made to the end, by a Python that is still there, as its layer is."""
        is_there = (self.folder / COMPLETE).exists() and self.python.exists()
        return is_there and (self.layer is None or self.layer.is_whole)


def environments_folder() -> Path:
    """EDGECI_ENVIRONMENTS, or edgeci's part of the user's cache; absolute, for nobody who uses it stands here."""
    if chosen := os.environ.get("EDGECI_ENVIRONMENTS"):
        return Path(chosen).absolute()
    cache = Path(os.environ.get("XDG_CACHE_HOME", ""))  # which counts only if it is absolute (XDG base directories)
    return (cache if cache.is_absolute() else Path.home() / ".cache") / "edgeci" / "environments"


def python_of(folder: Path) -> Path:
    return folder / "bin" / "python"
