"""A candidate where it lies, and what a worker must be told to run it on a target."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ParamSpec, TypeVar

from edgeci.config import Limits
from edgeci.isolation.environments import interpreter
from edgeci.isolation.process import Worker, ask_once
from edgeci.kinds.protocol import AnyKind
from edgeci.kinds.registry import kind
from edgeci.types import Assessment, Candidate, Items, Job, Target
from edgeci.workbench.inspection import inspected
from edgeci.workbench.items import items_of
from edgeci.workbench.project import Project

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Side:
    """One of the two that are timed: what starts it, and what it is asked."""

    interpreter: str
    job: Job


@dataclass(frozen=True)
class Contender:
    """One of those that are measured. `folder` holds its files: a workspace's, or a release bundle's."""

    project: Project
    target: Target
    assessment: Assessment
    candidate: Candidate
    folder: Path

    @property
    def kind(self) -> AnyKind:
        return kind(self.assessment.kind)

    @property
    def limits(self) -> Limits:
        """The device's memory is a limit of every process that stands for it."""
        limits = self.project.loaded.config.limits
        return limits.model_copy(update={"memory_mb": min(limits.memory_mb, self.target.memory_mb or limits.memory_mb)})

    @property
    def interpreter(self) -> str:
        return interpreter(self.candidate.recipe.backend, self.project.loaded.config, self.project.say)

    @property
    def items(self) -> Items:
        """The evaluation data."""
        return items_of(self.project, self.assessment, self.project.loaded.config.data.evaluation)

    @property
    def job(self) -> Job:
        return Job(
            kind=self.assessment.kind,
            model=str((self.folder / self.candidate.main).absolute()),
            recipe=self.candidate.recipe,
            target=self.target,
            items=self.items,
        )

    @property
    def side(self) -> Side:
        """One of the two that are timed."""
        return Side(self.interpreter, self.job)

    def digests(self, metric: str) -> list[str]:
        """Of every evaluation item, and of what is expected of them."""
        config = self.project.loaded.config
        items = inspected(self.project, self.assessment, config.data.evaluation, metric)
        return [*items.digests, items.expected]

    def ask(self, function: Callable[P, R], *arguments: P.args, **keywords: P.kwargs) -> R:
        """One request to a fresh worker.

        Raises:
            EdgeciError: as Worker.ask.
        """
        return ask_once(Worker(self.limits, self.interpreter), function, *arguments, **keywords)
