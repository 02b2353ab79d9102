"""plan: which recipes to try for which target. Asks every backend; runs nothing."""

from collections.abc import Iterator
from typing import Any

from edgeci.backends import registry
from edgeci.errors import BackendMissing
from edgeci.stages.project import Project
from edgeci.types import Assessment, Planned, Recipe, Skipped, Target


def plan(project: Project) -> list[Planned]:
    """Write plan.json, and rejected.json with what was left out and why.

    Raises:
        BackendMissing: for some target no backend can make a baseline.
        WorkspaceError: `assess` has not run.
    """
    assessment = project.workspace.read("assessment", Assessment, "assess")[0]
    planned: list[Planned] = []
    rejected: list[Skipped] = []
    for target in project.targets:
        chosen, left_out = for_target(project, assessment, target)
        if not any(recipe.method == "as-is" for recipe in chosen):
            reasons = "; ".join(dict.fromkeys(skipped.reason for skipped in left_out)) or "no backend proposes any"
            raise BackendMissing(f"target {target.name}: no recipe can be tried: {reasons}")
        planned += [Planned(target=target.name, recipe=recipe) for recipe in chosen]
        rejected += left_out
        project.say(f"{target.name}: {len(chosen)} recipes to try, {len(left_out)} left out")
    project.workspace.write("plan", planned, Planned)
    project.workspace.write("rejected", rejected, Skipped)
    return planned


def for_target(project: Project, assessment: Assessment, target: Target) -> tuple[list[Recipe], list[Skipped]]:
    """Recipes to try, the baseline first, and those that cannot be."""
    chosen: dict[str, Recipe] = {}
    left_out: list[Skipped] = []
    for recipe in wanted(project, assessment, target):
        reason = obstacle(project, recipe, target)
        if reason is None:
            chosen.setdefault(recipe.id, recipe)
        else:
            left_out.append(Skipped(recipe=recipe, reason=reason, target=target.name))
    return list(chosen.values()), left_out


def wanted(project: Project, assessment: Assessment, target: Target) -> Iterator[Recipe]:
    """As-is of each backend always; the backends' other proposals if asked for; then the configured recipes."""
    config = project.loaded.config
    for name in target.backends:
        for recipe in registry.backend(name).propose(assessment, target):
            if config.propose or (recipe.method == "as-is" and name == target.backends[0]):
                yield recipe
    yield from config.recipes


def obstacle(project: Project, recipe: Recipe, target: Target) -> str | None:
    """Why a recipe cannot be tried for a target here, or None."""
    if recipe.backend not in target.backends:
        return f"target {target.name} does not list the backend {recipe.backend}"
    settings = project.loaded.config.backends.get(recipe.backend)
    if settings is not None and settings.environment == "venv":
        return None
    missing = registry.missing_imports(recipe.backend)
    if missing:
        return f"{recipe.backend} is not installed (no {', '.join(missing)}); pip install 'edgeci[{recipe.backend}]'"
    return None


def matrix(project: Project) -> dict[str, Any]:
    """A GitHub job matrix: one job a target, on its runner."""
    return {"include": [{"target": target.name, "runs-on": target.runs_on} for target in project.targets]}
