"""plan: which recipes to try for which target. Asks every backend and the strategies; runs nothing."""

from collections.abc import Iterator, Mapping
from typing import Any

from edgeci.backends import registry
from edgeci.errors import BackendMissing
from edgeci.isolation.environments import absence
from edgeci.stages.feasibility import too_large, unneeded, unsuited
from edgeci.stages.project import Project
from edgeci.stages.tokens import reads_tokens
from edgeci.strategies import Choice, Strategy, facts_of, ordered, strategy
from edgeci.types import Assessment, Fact, Planned, Recipe, Skipped, Target


def plan(project: Project) -> list[Planned]:
    """Write plan.json, rejected.json with what was left out and why, and strategy.json with what ordered it.

    Raises:
        BackendMissing: for some target no backend can make a baseline.
        WorkspaceError: `assess` has not run.
    """
    assessment = project.workspace.read("assessment", Assessment, "assess")[0]
    planned: list[Planned] = []
    rejected: list[Skipped] = []
    priors: list[Strategy] = []
    for target in project.targets:
        prior = prior_of(project, assessment, target)
        chosen, left_out = for_target(project, assessment, target, prior)
        if not any(recipe.method == "as-is" for recipe in chosen):
            reasons = "; ".join(dict.fromkeys(skipped.reason for skipped in left_out)) or "no backend proposes any"
            raise BackendMissing(f"target {target.name}: no recipe can be tried: {reasons}")
        planned += [Planned(target=target.name, recipe=recipe) for recipe in chosen]
        rejected += left_out
        priors.append(prior)
        project.say(f"{target.name}: {len(chosen)} recipes to try, {len(left_out)} left out")
        project.say(f"{target.name}: in the order for {prior.title}, {prior.kind}: {prior.source} ({prior.date})")
    project.workspace.write("plan", planned, Planned)
    project.workspace.write("rejected", rejected, Skipped)
    project.workspace.write("strategy", priors, Strategy)
    return planned


def facts_for(project: Project, target: Target) -> dict[str, Fact]:
    """What `assess` read of this machine, and what the target declares, by name."""
    return facts_of(target, project.workspace.read_or_empty("hardware", Fact))


def prior_of(project: Project, assessment: Assessment, target: Target) -> Strategy:
    return strategy(assessment, target, facts_for(project, target).values())


def for_target(
    project: Project, assessment: Assessment, target: Target, prior: Strategy
) -> tuple[list[Recipe], list[Skipped]]:
    """Recipes to try, the baseline first, and those that cannot be."""
    chosen: dict[str, Recipe] = {}
    left_out: dict[str, Skipped] = {}
    facts = facts_for(project, target)
    for recipe in wanted(project, assessment, target, prior, facts):
        reason = impossible(project, assessment, recipe, target, facts)
        if reason is None and chosen:  # the first is the baseline: without it there is nothing to compare with
            reason = too_large(assessment, recipe, target)
        if reason is None:
            chosen.setdefault(recipe.id, recipe)
        else:
            left_out.setdefault(recipe.id, Skipped(recipe=recipe, reason=reason, target=target.name))
    return list(chosen.values()), list(left_out.values())


def impossible(
    project: Project, assessment: Assessment, recipe: Recipe, target: Target, facts: Mapping[str, Fact]
) -> str | None:
    """Why a recipe cannot be made at all: what installing something would not mend comes first."""
    return unsuited(assessment, recipe.backend, target, facts) or obstacle(project, recipe, target)


def wanted(
    project: Project, assessment: Assessment, target: Target, prior: Strategy, facts: Mapping[str, Fact]
) -> Iterator[Recipe]:
    """The first backend's as-is always; if asked for, what backends propose in the strategy's order; then configured.

    A backend that can do nothing here stands there with its as-is, so that the reason is said.
    """
    config = project.loaded.config
    proposed = {name: list(registry.backend(name).propose(assessment, target)) for name in target.backends}
    first = next((recipe for recipe in proposed[target.backends[0]] if recipe.method == "as-is"), None)
    if first is not None:
        yield first
    if config.propose:
        unique = {recipe.id: recipe for recipes in proposed.values() for recipe in recipes if recipe != first}
        unique |= {recipe.id: recipe for recipe in added(assessment, proposed, prior.choices)}
        yield from ordered(unique.values(), prior.choices)
    for name in target.backends if config.propose else target.backends[:1]:
        if not proposed[name] and unsuited(assessment, name, target, facts):
            yield Recipe(backend=name, method="as-is")
    yield from config.recipes


def added(
    assessment: Assessment, proposed: Mapping[str, list[Recipe]], choices: tuple[Choice, ...]
) -> Iterator[Recipe]:
    """Recipes of the strategy that a backend can make and does not propose just so."""
    if unneeded(assessment):
        return
    for choice in choices:
        offers = proposed.get(choice.backend, [])
        if any(choice.is_for(recipe) for recipe in offers):
            continue
        is_variant = any(recipe.method == choice.method for recipe in offers)
        # Any method of a backend for models of text fits any of them; of a tensor model, the operators decide.
        if is_variant or (offers and reads_tokens(assessment) and choice.method in registry.methods(choice.backend)):
            yield choice.recipe


def obstacle(project: Project, recipe: Recipe, target: Target) -> str | None:
    """Why a recipe cannot be tried for a target here, or None."""
    if recipe.backend not in target.backends:
        return f"target {target.name} does not list the backend {recipe.backend}"
    settings = project.loaded.config.backends.get(recipe.backend)
    return absence(recipe.backend, settings.environment if settings else "auto")


def matrix(project: Project) -> dict[str, Any]:
    """A GitHub job matrix: one job a target, on its runner."""
    return {"include": [{"target": target.name, "runs-on": target.runs_on} for target in project.targets]}
