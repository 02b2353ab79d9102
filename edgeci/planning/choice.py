"""Which recipes are tried for a target, the baseline first, and why the others are not."""

import contextlib
from collections.abc import Collection, Iterator, Mapping, Sequence

from edgeci.backends import registry
from edgeci.backends.options import problem, rows_of
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
    if not any(map(is_source, chosen)):
        reasons = "; ".join(dict.fromkeys(skipped.reason for skipped in left_out)) or "no backend proposes any"
        raise BackendMissing(f"target {target.name}: no recipe can be tried: {reasons}")


def for_target(
    project: Project, assessment: Assessment, target: Target, prior: Strategy
) -> tuple[list[Recipe], list[Skipped]]:
    """Recipes to try, the baseline first and those that search last, and those that cannot be."""
    known = facts_for(project, target)
    recipes: dict[str, Recipe] = {}
    for recipe in wanted(project, assessment, target, prior, known):
        recipes.setdefault(recipe.id, recipe)
    reasons = {each: impossible(project, assessment, recipe, target, known) for each, recipe in recipes.items()}
    baseline = next((each for each, recipe in recipes.items() if is_source(recipe) and reasons[each] is None), None)
    if baseline is not None:  # without it there is nothing to compare with, however large it is
        for each in recipes.keys() - {baseline}:
            reasons[each] = reasons[each] or too_large(assessment, recipes[each], target)
    chosen = sorted(
        (recipe for each, recipe in recipes.items() if reasons[each] is None),
        key=lambda recipe: (recipe.id != baseline, is_slow(recipe)),
    )
    left_out = [
        Skipped(recipe=recipes[each], reason=reason, target=target.name) for each, reason in reasons.items() if reason
    ]
    return chosen, left_out


def is_source(recipe: Recipe) -> bool:
    """Whether it is the model as it is, so that others can be compared with it."""
    return recipe.method == "as-is"


def is_slow(recipe: Recipe) -> bool:
    """Whether it searches, of backends that say so."""
    row = rows_of(registry.option(recipe.backend, "METHODS")).get(recipe.method)
    return row is not None and row.is_slow


def standby(project: Project, assessment: Assessment, target: Target, failed: Collection[Recipe]) -> Recipe | None:
    """The model as it is on the next of a target's backends, where those before it turned out not to know it."""
    known = facts_for(project, target)
    for recipe in sources(proposals(assessment, target)):
        if recipe not in failed and impossible(project, assessment, recipe, target, known) is None:
            return recipe
    return None


def impossible(
    project: Project, assessment: Assessment, recipe: Recipe, target: Target, known: Mapping[str, Fact]
) -> str | None:
    """Why a recipe cannot be made at all: what installing something would not mend comes first."""
    return unsuited(assessment, recipe.backend, target, known) or obstacle(project, recipe, target)


def wanted(
    project: Project, assessment: Assessment, target: Target, prior: Strategy, known: Mapping[str, Fact]
) -> Iterator[Recipe]:
    """As-is of the first backend that can have it; if asked for, what backends propose in the strategy's order; then
    configured.

    A backend that can do nothing here stands there with its as-is, so that the reason is said.
    """
    config = project.loaded.config
    proposed = proposals(assessment, target)
    for source in sources(proposed):
        yield source
        if impossible(project, assessment, source, target, known) is None:
            break
    if config.propose:
        unique = {recipe.id: recipe for recipes in proposed.values() for recipe in recipes}
        unique |= {recipe.id: recipe for recipe in added(assessment, proposed, prior.choices)}
        yield from ordered(unique.values(), prior.choices)
    for name in target.backends if config.propose else target.backends[:1]:
        if not proposed[name] and unsuited(assessment, name, target, known):
            yield Recipe(backend=name, method="as-is")
    yield from config.recipes


def proposals(assessment: Assessment, target: Target) -> dict[str, list[Recipe]]:
    return {name: list(registry.backend(name).propose(assessment, target)) for name in target.backends}


def sources(proposed: Mapping[str, list[Recipe]]) -> Iterator[Recipe]:
    """Every backend's as-is, in the target's order."""
    return (recipe for recipes in proposed.values() for recipe in recipes if is_source(recipe))


def other_baseline(target: Target, chosen: Sequence[Recipe], left_out: Sequence[Skipped]) -> str | None:
    """That the first backend does not give the baseline, and why; None where it does."""
    first, baseline = target.backends[0], chosen[0]
    if baseline.backend == first:
        return None
    reasons = (skipped.reason for skipped in left_out if skipped.recipe.backend == first)
    return (
        f"{target.name}: the baseline is {baseline.title}, because {first} cannot give it: "
        f"{next(reasons, 'it proposes nothing')}"
    )


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
