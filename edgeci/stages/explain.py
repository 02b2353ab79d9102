"""explain: the decision tree of each target, in the order of the plan, with the branches that were cut and why."""

from collections.abc import Iterable, Iterator

from edgeci.backends import registry
from edgeci.errors import BackendMissing
from edgeci.planning.choice import facts_for, for_target, is_slow, obstacle, prior_of
from edgeci.planning.feasibility import unneeded, unsuited
from edgeci.planning.strategies import Strategy
from edgeci.types import Assessment, Branch, Explanation, Recipe, Target
from edgeci.workbench.project import Project


def explain(project: Project) -> list[Explanation]:
    """What `plan` would do for each target, and why. Writes nothing, runs nothing.

    Raises:
        WorkspaceError: `assess` has not run.
    """
    assessment = project.workspace.read("assessment", Assessment, "assess")[0]
    return [explained(project, assessment, target) for target in project.targets]


def explained(project: Project, assessment: Assessment, target: Target) -> Explanation:
    prior = prior_of(project, assessment, target)
    chosen, left_out = for_target(project, assessment, target, prior)
    tried = [
        Branch(recipe=recipe, order=order, reason=standing(project, recipe, prior, target, order))
        for order, recipe in enumerate(chosen, start=1)
    ]
    cut = {skipped.recipe.id: Branch(recipe=skipped.recipe, order=None, reason=skipped.reason) for skipped in left_out}
    for recipe, reason in others(project, assessment, target, prior, [*chosen, *(each.recipe for each in left_out)]):
        cut.setdefault(recipe.id, Branch(recipe=recipe, order=None, reason=reason))
    return Explanation(
        target=target.name,
        model_kind=prior.kind,
        platform=prior.title,
        facts=prior.facts,
        source=prior.source,
        date=prior.date,
        remarks=tuple(f"{choice.recipe.title}: {choice.remark}" for choice in prior.choices if choice.remark),
        branches=(*tried, *cut.values()),
    )


def standing(project: Project, recipe: Recipe, prior: Strategy, target: Target, order: int) -> str:
    """Why a recipe stands where it stands."""
    if order == 1:
        whose = "first backend" if recipe.backend == target.backends[0] else "first backend that can have it"
        return f"the baseline: the model as it is, on the target's {whose}"
    if recipe in project.loaded.config.recipes:
        return "asked for in edgeci.yaml"
    if is_slow(recipe):
        return "it searches, so it comes after all others"
    rank = next((number for number, choice in enumerate(prior.choices, 1) if choice.is_for(recipe)), None)
    return "proposed by its backend" if rank is None else f"choice {rank} of the strategy"


def others(
    project: Project, assessment: Assessment, target: Target, prior: Strategy, known: Iterable[Recipe]
) -> Iterator[tuple[Recipe, str]]:
    """Branches that a plan does not even look at."""
    seen = list(known)
    yield from unasked(project, assessment, target, seen)
    facts = facts_for(project, target)
    for choice in prior.choices:
        if any(choice.is_for(recipe) for recipe in seen):
            continue
        if choice.backend not in registry.names():
            yield choice.recipe, f"no backend {choice.backend} is declared here"
        elif choice.backend in target.backends:
            reason = unsuited(assessment, choice.backend, target, facts)
            yield choice.recipe, reason or nothing_to_do(assessment, choice.recipe)
    for name in registry.names():
        if name not in target.backends:
            yield unlisted(project, assessment, target, name)


def unasked(
    project: Project, assessment: Assessment, target: Target, seen: list[Recipe]
) -> Iterator[tuple[Recipe, str]]:
    if project.loaded.config.propose:
        return
    for name in target.backends:
        for recipe in registry.backend(name).propose(assessment, target):
            if recipe not in seen:
                yield recipe, "its backend proposes it, but edgeci.yaml says `propose: false`"


def unlisted(project: Project, assessment: Assessment, target: Target, name: str) -> tuple[Recipe, str]:
    """A backend that the target does not list, or cannot use anyway."""
    recipe = Recipe(backend=name, method="as-is")
    try:
        reason = unsuited(assessment, name, target, facts_for(project, target))
    except BackendMissing as problem:
        return recipe, str(problem)
    return recipe, reason or obstacle(project, recipe, target) or f"target {target.name} does not list it"


def nothing_to_do(assessment: Assessment, recipe: Recipe) -> str:
    """Why a backend does not propose a method that a strategy names."""
    if reason := unneeded(assessment):
        return f"its weights are not quantized once more: {reason}"
    known = registry.methods(recipe.backend)
    if known and recipe.method not in known:
        return f"{recipe.backend} has no method {recipe.method}; it has {', '.join(sorted(known))}"
    return f"{recipe.backend} finds nothing in this model for {recipe.method}"
