"""Make a candidate, and say what it became."""

import importlib
import importlib.metadata
from pathlib import Path

from edgeci.accidents import doing
from edgeci.backends import registry
from edgeci.kinds.registry import kind
from edgeci.types import Items, Made, Noun, Recipe
from edgeci.work.reading import precision


class Product(Noun):
    """What was made, and what made it."""

    made: Made
    versions: dict[str, str]
    precision: str
    """Weights as the file holds them."""


def optimize(kind_name: str, model: Path, recipe: Recipe, calibration: Items | None, output: Path) -> Product:
    """Make the candidate in the folder `output`.

    Raises:
        EdgeciError: as the backend's `optimize`.
    """
    module = registry.backend(recipe.backend)
    samples = None if calibration is None else kind(kind_name).read(calibration)
    with doing(f"{recipe.backend} cannot make {recipe.method} of this model"):
        made = module.optimize(model, recipe, samples, output)
    return Product(made=made, versions=versions(list(module.REQUIRES)), precision=precision(output / made.main))


def versions(modules: list[str]) -> dict[str, str]:
    """The installed version of each, by metadata where there is any."""
    return {name: version(name) for name in modules}


def version(module: str) -> str:
    """The installed distribution's version; the module's own where the names differ."""
    try:
        return importlib.metadata.version(module)
    except importlib.metadata.PackageNotFoundError:
        return str(getattr(importlib.import_module(module), "__version__", "unknown"))
