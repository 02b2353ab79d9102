"""A candidate where it lies, and what a worker must be told to run it on a target."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgeci.config import Limits
from edgeci.isolation.environments import interpreter
from edgeci.isolation.process import Worker
from edgeci.records import digest
from edgeci.types import Assessment, Candidate, Target
from edgeci.workbench.project import Project, private_model, tensors
from edgeci.workbench.side import TENSOR_TASKS, Side
from edgeci.workbench.tokens import TEXT_TASKS, reads_tokens, tokenized, tokenizing_backend


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
    def is_text(self) -> bool:
        """Whether it is fed tokens."""
        return reads_tokens(self.assessment)

    @property
    def tasks(self) -> str:
        """Module of what a worker is asked."""
        return TEXT_TASKS if self.is_text else TENSOR_TASKS

    @property
    def data(self) -> dict[str, Any]:
        """The evaluation data, as a task takes it."""
        config = self.project.loaded.config
        if self.is_text:
            samples = tokenized(self.project, self.assessment, config.data.evaluation)
            return {"samples": str(samples), "text": config.text.model_dump()}
        return {
            "source": config.data.evaluation.model_dump(),
            "folder": self.project.home_of(config.data.evaluation),
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

    @property
    def tokenizer(self) -> dict[str, str]:
        """Who reads which model's tokenizer, to turn a language model's answers into text."""
        model = private_model(self.project, self.assessment).absolute()
        return {"source_model": str(model), "backend": tokenizing_backend(self.project)}

    @property
    def side(self) -> Side:
        """One of the two that are timed."""
        return Side(self.interpreter, self.arguments, self.tasks)

    def digests(self, metric: str) -> list[str]:
        """Of every evaluation item, and of what is expected of them."""
        if self.is_text:
            return [digest(tokenized(self.project, self.assessment, self.project.loaded.config.data.evaluation))]
        answer = self.ask("inspect", **self.data, metric=metric)
        return [*answer["digests"], answer["expected"]]

    def ask(self, task: str, **arguments: Any) -> Any:
        """One task in a fresh worker.

        Raises:
            EdgeciError: as Worker.ask.
        """
        with Worker(self.limits, self.interpreter) as worker:
            return worker.ask(f"{self.tasks}:{task}", **arguments)
