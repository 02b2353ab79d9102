"""One of the two that are timed."""

from dataclasses import dataclass
from typing import Any

TENSOR_TASKS = "edgeci.work.tasks"


@dataclass(frozen=True)
class Side:
    """One of the two that are timed: how to start it and what to tell it."""

    interpreter: str
    arguments: dict[str, Any]
    tasks: str = TENSOR_TASKS
    """Module of the worker's tasks: what is asked of tensor models, or of language models."""

    @property
    def opening(self) -> str:
        """The task that opens a session for load and soak."""
        return "edgeci.work.serving_load:open_up" if self.tasks == TENSOR_TASKS else f"{self.tasks}:open_up"
