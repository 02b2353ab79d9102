"""What is tried for a target, and why that and in this order."""

import hashlib

from pydantic import JsonValue

from edgeci.types.data import DataSource
from edgeci.types.machine import Fact
from edgeci.types.noun import Name, Noun


class Recipe(Noun):
    """One way to make a candidate. `id` names its folder and is its cache key."""

    backend: Name
    """Who makes it and runs it."""
    method: Name
    """What the backend does, such as `int8-static`; an unknown one is an error that names those there are."""
    options: dict[str, JsonValue] = {}
    """Options of the method."""
    calibration: DataSource | None = None
    """Calibrate on this instead of the configured calibration data."""
    label: str | None = None
    """What people read; the id stays what machines read."""

    @property
    def id(self) -> str:
        """backend-method-digest; the label is not part of it."""
        content = self.model_dump_json(exclude={"label"}, exclude_defaults=True)
        return f"{self.backend}-{self.method}-{hashlib.sha256(content.encode()).hexdigest()[:8]}"

    @property
    def title(self) -> str:
        return self.label or f"{self.backend} {self.method}"


class Planned(Noun):
    """A recipe to try for a target."""

    target: Name
    recipe: Recipe


class Branch(Noun):
    """One way through the decision tree of a target: tried, or cut off and why."""

    recipe: Recipe
    order: int | None
    """Place in the plan, from 1; None where it is rejected."""
    reason: str
    """Why it stands there, or why it is rejected."""


class Explanation(Noun):
    """Why a plan for a target is what it is."""

    target: Name
    model_kind: str
    platform: str
    facts: tuple[Fact, ...]
    """Those by which the platform was recognised."""
    source: str
    """Of the strategy's row."""
    date: str
    remarks: tuple[str, ...]
    """What the row says about its recipes."""
    branches: tuple[Branch, ...]
    """Those in the plan by their order, then the rejected ones."""
