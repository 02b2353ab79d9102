"""profile: find out what limits the speed of a model here, with the numbers that say so.

Gates nothing and changes nothing. It works before `optimize`, on the model as it is, and afterwards on any candidate.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ParamSpec, TypeVar

from edgeci.config import Limits
from edgeci.diagnosis.bottleneck import diagnose
from edgeci.errors import ConfigError, EdgeciError
from edgeci.hardware.caches import near_cache_mb
from edgeci.isolation.environments import interpreter
from edgeci.isolation.process import Worker, ask_once
from edgeci.kinds.registry import kind
from edgeci.planning.choice import planned_for
from edgeci.types import Assessment, Candidate, Job, Observed, Planned, Profile, Recipe, Target
from edgeci.work import profiling
from edgeci.workbench.items import items_of
from edgeci.workbench.private_copy import take_model_in
from edgeci.workbench.project import Project, baseline_recipe, private_model
from edgeci.workbench.reading import assessment_of

P = ParamSpec("P")
R = TypeVar("R")
VARIATION_SECONDS = 3.0
OPERATOR_RUNS = 10
EVERY = "all"


@dataclass(frozen=True)
class Subject:
    """What is profiled: the file to load and the recipe that says with what."""

    recipe: Recipe
    main: Path
    size_bytes: int


def profile(project: Project, candidate: str | None = None) -> list[Profile]:
    """Write profile.json.

    Args:
        candidate: a recipe id, `all`, or None for the model as it is.

    Raises:
        ConfigError: no such candidate.
        BackendFailed: it does not load or run.
    """
    workspace = project.workspace
    assessment = assessment_of(project)
    if not (chosen := kind(assessment.kind)).PROFILED:
        raise ConfigError(
            f"{assessment.model.path}: {chosen.TITLE}s are not profiled yet; `edgeci benchmark` has their latency"
        )
    take_model_in(project, assessment)
    profiles: list[Profile] = []
    for target in project.targets:
        for subject in subjects(project, assessment, target, candidate):
            project.say(f"{target.name}, {subject.recipe.title}: profiling")
            observed = observe(project, assessment, target, subject)
            profiles.append(
                Profile(
                    candidate=subject.recipe.id,
                    title=subject.recipe.title,
                    target=target.name,
                    observed=observed,
                    bottleneck=diagnose(observed),
                )
            )
            workspace.write("profile", profiles, Profile)
    return profiles


def subjects(project: Project, assessment: Assessment, target: Target, candidate: str | None) -> list[Subject]:
    """The model as it is, and the candidates that were asked for.

    Raises:
        ConfigError: no such candidate for this target.
    """
    workspace = project.workspace
    planned = workspace.read_or_empty("plan", Planned) or planned_for(project, assessment, target)
    source = private_model(project, assessment)
    as_is = Subject(baseline_recipe(target, planned), source, assessment.model.size_bytes)
    wanted = {item.recipe.id for item in planned if item.target == target.name}
    made = {
        each.recipe.id: Subject(each.recipe, workspace.candidates / each.recipe.id / each.main, each.size_bytes)
        for each in workspace.read_or_empty("candidates", Candidate)
        if each.recipe.id in wanted
    }
    if candidate is None:
        return [made.get(as_is.recipe.id, as_is)]
    if candidate == EVERY:
        return list({as_is.recipe.id: as_is, **made}.values())
    if candidate not in made:
        known = ", ".join(made) or "none yet; run `edgeci optimize` first"
        raise ConfigError(f"target {target.name} has no candidate {candidate!r}; it has {known}")
    return [made[candidate]]


def observe(project: Project, assessment: Assessment, target: Target, subject: Subject) -> Observed:
    """Look from every side; a side that fails is left out and said, except the plain run.

    Raises:
        BackendFailed: it does not load or run.
    """
    config = project.loaded.config
    job = Job(
        kind=assessment.kind,
        model=str(subject.main.resolve()),
        recipe=subject.recipe,
        target=target,
        items=items_of(project, assessment, config.data.evaluation).model_copy(update={"metric": ""}),
    )
    sides = Sides(config.limits, interpreter(subject.recipe.backend, config, project.say))
    weights_mb = subject.size_bytes / 1e6
    varied = sides.ask(profiling.variation, job, VARIATION_SECONDS)
    threads = sides.try_to("thread scaling", (), profiling.thread_scaling, job)
    batches = sides.try_to("batch scaling", profiling.Batches(), profiling.batch_scaling, job)
    counts = sorted({1, target.threads, *(point.size for point in threads)})
    bandwidth = sides.try_to("bandwidth", (), profiling.bandwidth, weights_mb, counts)
    operators = sides.try_to("operators", profiling.Operators(), profiling.operators, job, OPERATOR_RUNS)
    loads = sides.try_to("load time", (), profiling.load_times, job)
    for what, reason in (("batch scaling", batches.unavailable), ("operators", operators.unavailable)):
        if reason is not None:
            sides.unavailable[what] = reason
    return Observed(
        threads=target.threads,
        weights_mb=weights_mb,
        cache_mb=near_cache_mb(),
        load_ms=loads,
        cpu_ms=varied.cpu_ms,
        wall_ms=varied.wall_ms,
        control_ms=varied.control_ms,
        thread_scaling=threads,
        batch_scaling=batches.points,
        bandwidth=bandwidth,
        operators=operators.operators,
        unavailable=sides.unavailable,
    )


class Sides:
    """One model looked at from several sides, each in a fresh worker, and what could not be seen."""

    def __init__(self, limits: Limits, python: str) -> None:
        self.limits, self.python = limits, python
        self.unavailable: dict[str, str] = {}

    def ask(self, function: Callable[P, R], *arguments: P.args, **keywords: P.kwargs) -> R:
        return ask_once(Worker(self.limits, self.python), function, *arguments, **keywords)

    def try_to(self, what: str, nothing: R, function: Callable[P, R], *arguments: P.args, **keywords: P.kwargs) -> R:
        """What is seen, or nothing and the reason."""
        try:
            return self.ask(function, *arguments, **keywords)
        except EdgeciError as problem:
            self.unavailable[what] = str(problem)
            return nothing
