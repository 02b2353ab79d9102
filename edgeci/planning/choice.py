"""Which recipes are tried for a target, the baseline first, and why the others are not."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence

from edgeci.backends import registry
from edgeci.backends.options import problem
from edgeci.errors import BackendMissing, ConfigError
from edgeci.hardware.facts import facts
from edgeci.isolation.environments import absence
from edgeci.kinds.registry import kind
from edgeci.planning.feasibility import too_large, unneeded, unsuited
from edgeci.planning.strategies import Choice, Strategy, facts_of, ordered, strategy
from edgeci.types import Assessment, Fact, Planned, Recipe, Skipped, Target
from edgeci.workbench.project import Project


def facts_for(project: Project, target: Target) -> dict[str, Fact]:
    """What is known of this machine, read by `assess` if that has run, and what the target declares, by name."""
    return facts_of(target, project.workspace.read_or_empty("hardware", Fact) or facts())


def prior_of(project: Project, assessment: Assessment, target: Target) -> Strategy:
    return strategy(assessment, target, facts_for(project, target).values())


def planned_for(project: Project, assessment: Assessment, target: Target) -> list[Planned]:
    """The recipes to try for a target.

    Raises:
        BackendMissing: as refuse_without_baseline.
    """
    chosen, left_out = for_target(project, assessment, target, prior_of(project, assessment, target))
    refuse_without_baseline(target, chosen, left_out)
    return [Planned(target=target.name, recipe=recipe) for recipe in chosen]


def refuse_without_baseline(target: Target, chosen: Sequence[Recipe], left_out: Sequence[Skipped]) -> None:
    """
    Raises:
        BackendMissing: no backend can make a baseline, which everything else is compared with.
    """
    if not any(recipe.method == "as-is" for recipe in chosen):
        reasons = "; ".join(dict.fromkeys(skipped.reason for skipped in left_out)) or "no backend proposes any"
        raise BackendMissing(f"target {target.name}: no recipe can be tried: {reasons}")


def for_target(
    project: Project, assessment: Assessment, target: Target, prior: Strategy
) -> tuple[list[Recipe], list[Skipped]]:
    """Recipes to try, the baseline first, and those that cannot be."""
    chosen: dict[str, Recipe] = {}
    left_out: dict[str, Skipped] = {}
    known = facts_for(project, target)
    for recipe in wanted(project, assessment, target, prior, known):
        reason = impossible(project, assessment, recipe, target, known)
        if reason is None and chosen:  # the first is the baseline: without it there is nothing to compare with
            reason = too_large(assessment, recipe, target)
        if reason is None:
            chosen.setdefault(recipe.id, recipe)
        else:
            left_out.setdefault(recipe.id, Skipped(recipe=recipe, reason=reason, target=target.name))
    return list(chosen.values()), list(left_out.values())


def impossible(
    project: Project, assessment: Assessment, recipe: Recipe, target: Target, known: Mapping[str, Fact]
) -> str | None:
    """Why a recipe cannot be made at all: what installing something would not mend comes first."""
    return unsuited(assessment, recipe.backend, target, known) or obstacle(project, recipe, target)


def wanted(
    project: Project, assessment: Assessment, target: Target, prior: Strategy, known: Mapping[str, Fact]
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
        if not proposed[name] and unsuited(assessment, name, target, known):
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
        is_fitting = kind(assessment.kind).EVERY_METHOD_FITS and choice.method in registry.methods(choice.backend)
        if is_variant or (offers and is_fitting):
            yield choice.recipe


def refuse_wrong_options(project: Project) -> None:
    """
    Raises:
        ConfigError: a backend that says what its options are has none of that name, or not of that value.
    """
    for index, recipe in enumerate(project.loaded.config.recipes):
        with contextlib.suppress(BackendMissing):  # said where the recipe would be made
            if (reason := problem(recipe, registry.option(recipe.backend, "METHODS"))) is not None:
                raise ConfigError(f"{project.loaded.where(('recipes', index))}: {reason}")


def obstacle(project: Project, recipe: Recipe, target: Target) -> str | None:
    """Why a recipe cannot be tried for a target here, or None."""
    if recipe.backend not in target.backends:
        return f"target {target.name} does not list the backend {recipe.backend}"
    settings = project.loaded.config.backends.get(recipe.backend)
    return absence(recipe.backend, settings.environment if settings else "auto")
