"""One attempt to get a bad model past the gates, and how it ended."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from edgeci.types import Noun


@dataclass(frozen=True)
class Saboteur:
    """`attempt` gets an empty folder; it returns how it was caught, or None when it got through."""

    kind: str
    name: str
    attempt: Callable[[Path], str | None]


class Attempt(Noun):
    """How a saboteur fared."""

    kind: str
    name: str
    caught: bool
    how: str
