"""What is installed here, and what a doctor says of it."""

from typing import Literal

from edgeci.types.noun import Name, Noun


class Installed(Noun):
    """A backend and whether it can run here."""

    name: str
    kinds: tuple[Name, ...] = ()
    """Of models that it takes; none where its module cannot be imported."""
    state: Literal["here", "own environment", "missing", "unavailable"]
    versions: dict[str, str] = {}
    where: str = ""
    """Folder of its own environment."""
    reason: str = ""
    """Why it cannot run, and what would change that."""

    @property
    def is_usable(self) -> bool:
        return self.state in ("here", "own environment")


class Check(Noun):
    """One thing that a doctor looked at."""

    name: str
    state: Literal["ok", "warning", "problem"]
    message: str
    remedy: str = ""
