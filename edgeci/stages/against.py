"""Who else a candidate is measured against in the same run: what the base makes of a recipe, or an earlier release."""

import dataclasses
from collections.abc import Mapping

from edgeci.bundles.verification import verify
from edgeci.config_file import Loaded
from edgeci.errors import BackendFailed, EdgeciError, WorkspaceError
from edgeci.stages.assess import assess
from edgeci.stages.benchmark import Opponent
from edgeci.stages.optimize import optimize
from edgeci.stages.plan import plan
from edgeci.types import Against, Candidate, Recipe, Skipped, Target
from edgeci.workbench.contender import Contender
from edgeci.workbench.project import Project


def opponents(project: Project) -> Mapping[Against, Opponent]:
    """By the baseline they stand for.

    Raises:
        InputRejected: the bundle is not intact.
        WorkspaceError: the disk refuses.
    """
    if project.base is not None:
        return {"base": made_from(project.base, project)}
    if project.bundle is not None:
        return {"release": released(project)}
    return {}


def released(project: Project) -> Opponent:
    assert project.bundle is not None
    release, folder = verify(project.bundle), (project.bundle / "model").resolve()
    return lambda target, candidate: Contender(project, target, release.assessment, release.candidate, folder)


def made_from(base: Project, judged: Project) -> Opponent:
    """The base's model through the same recipe, calibrated as the change's is.

    A base whose model cannot be read or run has no counterpart of anything, and each comparison with it is broken.
    """
    config = base.loaded.config.model_copy(
        update={
            "recipes": judged.loaded.config.recipes,
            "propose": judged.loaded.config.propose,
            "data": judged.loaded.config.data,
        }
    )
    loaded = Loaded(config, base.loaded.path, base.loaded.marks)
    project = dataclasses.replace(base, loaded=loaded, reviewed=judged.reviewed)
    made: dict[str, Candidate] = {}
    skipped: list[Skipped] = []
    failure: EdgeciError | None = None
    try:
        assessment = assess(project)
        plan(project, reads_data=False)
        candidates, skipped = optimize(project)
        made = {candidate.recipe.id: candidate for candidate in candidates}
    except WorkspaceError:
        raise
    except EdgeciError as problem:
        failure = problem
        project.say(f"the base gives nothing to compare with: {problem}")

    def opponent(target: Target, candidate: Candidate) -> Contender:
        if candidate.recipe.id not in made:
            reason = str(failure) if failure else why(skipped, candidate.recipe)
            raise BackendFailed(f"the base has no {candidate.recipe.title}: {reason}")
        theirs = made[candidate.recipe.id]
        return Contender(project, target, assessment, theirs, project.workspace.candidates / theirs.recipe.id)

    return opponent


def why(skipped: list[Skipped], recipe: Recipe) -> str:
    return next((item.reason for item in skipped if item.recipe.id == recipe.id), "it is not proposed for it")
