"""What is installed here, and what a doctor says of it."""

from typing import Literal

from edgeci.types.model import Task
from edgeci.types.noun import Noun


class Installed(Noun):
    """A backend and whether it can run here."""

    name: str
    tasks: tuple[Task, ...] = ()
    """What its sessions can be asked; none where its module cannot be imported."""
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
