"""What a new candidate must show before it counts: it loads, runs, is finite, and agrees with the unoptimized model."""

from pathlib import Path

from edgeci.backends import registry
from edgeci.config import Config
from edgeci.errors import BackendFailed
from edgeci.isolation.process import Worker, ask_once
from edgeci.types import Assessment, Candidate, Recipe, Target
from edgeci.work.answering import look
from edgeci.workbench.contender import Contender
from edgeci.workbench.project import Project

LAYOUT = "2"
"""Of what was looked at; of another one nothing is compared."""
LOOK = "outputs.npz"
"""What a candidate made of the first items, in its folder."""


def check(
    project: Project, assessment: Assessment, candidate: Candidate, target: Target, baseline: Recipe, folder: Path
) -> Candidate:
    """Load, run, finite, agreement. The baseline has nothing to agree with but itself.

    Raises:
        BackendFailed: any of the four fails.
    """
    contender = Contender(project, target, assessment, candidate, folder.absolute())
    is_baseline = candidate.recipe == baseline
    reference = None if is_baseline else (project.workspace.candidates / baseline.id / LOOK).absolute()
    worker = Worker(project.loaded.config.limits, contender.interpreter)
    agreement = ask_once(worker, look, contender.job, contender.folder / LOOK, reference).agreement
    if agreement is None:
        return candidate
    if (reason := contender.kind.broken(agreement, contender.items, project.loaded.config.judging)) is not None:
        raise BackendFailed(reason)
    if is_lossless(candidate.recipe) and (reason := contender.kind.altered(agreement)) is not None:
        raise BackendFailed(f"{candidate.recipe.method} must not change the answers, but {reason}")
    return candidate.model_copy(update={"agreement": agreement})


def judged_by(config: Config) -> list[str]:
    """What else decides whether a candidate is let in."""
    return [LAYOUT, *config.read]


def is_lossless(recipe: Recipe) -> bool:
    return recipe.method in registry.backend(recipe.backend).LOSSLESS
