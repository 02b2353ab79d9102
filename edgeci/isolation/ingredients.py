"""What a backend's environment is made of: the requirements of its extra, and what its module says of the installation.

Everything that decides what comes out is in a key, so a changed pin is a new environment and an old one is never
half-upgraded.
"""

import hashlib
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import requires

from packaging.requirements import Requirement

from edgeci.backends.registry import backend, declared
from edgeci.errors import BackendMissing


@dataclass(frozen=True)
class Ingredients:
    """What an environment is made of, in the order it is installed."""

    first: tuple[str, ...] = ()
    """In a layer below, before anything else: it is large, and another requirement would bring a larger build of it."""
    pins: tuple[str, ...] = ()
    alone: tuple[str, ...] = ()
    """Without what they ask for."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """Environment variables of the build."""

    @property
    def layer(self) -> "Ingredients | None":
        """Of the environment that this one looks into, which others with the same first requirements share."""
        return Ingredients(pins=self.first) if self.first else None

    @property
    def key(self) -> str:
        """Of everything that decides what comes out."""
        parts = [*self.pins, "-", *self.alone, "-", *map("=".join, sorted(self.variables.items()))]
        parts += [f"layer {self.layer.key}"] if self.layer else []
        parts += [platform.python_version(), platform.machine()]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]

    @property
    def installs(self) -> tuple[tuple[str, ...], ...]:
        """Arguments of each `pip install`, once the layer is there."""
        alone = ("--no-deps", *self.alone) if self.alone else ()
        return tuple(step for step in (self.pins, alone) if step)


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
    """What `edgeci[extra]` asks for here besides edgeci itself, and what every worker needs."""
    wanted: list[str] = []
    for requirement in map(Requirement, requires("edgeci") or []):
        if requirement.name != "edgeci" and is_asked_for(requirement, extra):
            requirement.marker = None  # answered: an environment is for the Python and the machine that make it
            wanted.append(str(requirement))
    return sorted(wanted)


def is_asked_for(requirement: Requirement, extra: str) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra})
