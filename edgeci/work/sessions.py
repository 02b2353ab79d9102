"""A job's candidate, loaded, and its items, read."""

from pathlib import Path
from typing import Any

from edgeci.accidents import doing
from edgeci.backends import registry
from edgeci.kinds.protocol import Request
from edgeci.kinds.registry import kind
from edgeci.types import Job


def opened(job: Job) -> Any:
    """The session: what it can be asked, only the kind knows."""
    with doing(f"{job.recipe.backend} does not load it"):
        return registry.backend(job.recipe.backend).load(Path(job.model), job.recipe, job.target)


def items_of(job: Job) -> Any:
    return kind(job.kind).read(job.items)


def requests_of(job: Job, most: int) -> list[Request]:
    """Of a session that is loaded now."""
    return kind(job.kind).requests(opened(job), items_of(job), job.items, most)


def runtime_of(session: Any) -> dict[str, str]:
    """What really runs, as the session says it."""
    return dict(session.runtime)
