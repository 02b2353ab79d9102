"""A candidate where it lies, and what a worker must be told to run it on a target."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgeci.config import Limits
from edgeci.isolation.environments import interpreter
from edgeci.isolation.process import Worker
from edgeci.stages.project import Project, tensors
from edgeci.types import Assessment, Candidate, Target


@dataclass(frozen=True)
class Contender:
    """One of those that are measured. `folder` holds its files: a workspace's, or a release bundle's."""

    project: Project
    target: Target
    assessment: Assessment
    candidate: Candidate
    folder: Path

    @property
    def limits(self) -> Limits:
        """The device's memory is a limit of every process that stands for it."""
        limits = self.project.loaded.config.limits
        return limits.model_copy(update={"memory_mb": min(limits.memory_mb, self.target.memory_mb or limits.memory_mb)})

    @property
    def interpreter(self) -> str:
        return interpreter(self.candidate.recipe.backend, self.project.loaded.config, self.project.say)

    @property
    def data(self) -> dict[str, Any]:
        """The evaluation data, as a task takes it."""
        return {
            "source": self.project.loaded.config.data.evaluation.model_dump(),
            "folder": self.project.data_folder,
            "tensors": tensors(self.assessment),
        }

    @property
    def arguments(self) -> dict[str, Any]:
        """What every task takes that runs the candidate on the evaluation data."""
        return {
            "model": str((self.folder / self.candidate.main).absolute()),
            "recipe": self.candidate.recipe.model_dump(),
            "target": self.target.model_dump(),
            **self.data,
        }

    def ask(self, task: str, **arguments: Any) -> Any:
        """One task in a fresh worker.

        Raises:
            EdgeciError: as Worker.ask.
        """
        with Worker(self.limits, self.interpreter) as worker:
            return worker.ask(f"edgeci.isolation.tasks:{task}", **arguments)
