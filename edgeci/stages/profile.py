"""profile: find out what limits the speed of a model here, with the numbers that say so.

Gates nothing and changes nothing. It works before `optimize`, on the model as it is, and afterwards on any candidate.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgeci.config import Limits
from edgeci.diagnosis.bottleneck import diagnose
from edgeci.errors import ConfigError, EdgeciError
from edgeci.hardware.caches import near_cache_mb
from edgeci.isolation.environments import interpreter
from edgeci.isolation.process import ask_once
from edgeci.planning.choice import planned_for
from edgeci.types import Assessment, Candidate, Observed, Planned, Profile, Recipe, Target
from edgeci.workbench.private_copy import take_model_in
from edgeci.workbench.project import Project, baseline_recipe, private_model, tensors
from edgeci.workbench.reading import assessment_of
from edgeci.workbench.tokens import reads_tokens

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
    if reads_tokens(assessment):
        raise ConfigError(
            f"{assessment.model.path}: models of text are not profiled yet; `edgeci benchmark` has their latency"
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
        found.recipe.id: Subject(found.recipe, workspace.candidates / found.recipe.id / found.main, found.size_bytes)
        for found in workspace.read_or_empty("candidates", Candidate)
        if found.recipe.id in wanted
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
    arguments = {
        "model": str(subject.main.resolve()),
        "recipe": subject.recipe.model_dump(),
        "target": target.model_dump(),
        "source": config.data.evaluation.model_dump(),
        "folder": project.home_of(project.loaded.config.data.evaluation),
        "tensors": tensors(assessment),
    }
    sides = Sides(config.limits, interpreter(subject.recipe.backend, config, project.say), arguments)
    weights_mb = subject.size_bytes / 1e6
    varied = sides.ask("profiling:variation", seconds=VARIATION_SECONDS)
    threads = sides.try_to("thread scaling", lambda: sides.ask("profiling:thread_scaling"), [])
    batches = sides.try_to("batch scaling", lambda: sides.ask("profiling:batch_scaling"), {"points": []})
    counts = sorted({1, target.threads, *(point["size"] for point in threads)})
    bandwidth = sides.try_to("bandwidth", lambda: sides.read_memory(weights_mb, counts), [])
    operators = sides.try_to("operators", lambda: sides.ask("profiling:operators", runs=OPERATOR_RUNS), {})
    loads = sides.try_to("load time", lambda: sides.ask("profiling:load_times"), [])
    for what, answer in (("batch scaling", batches), ("operators", operators)):
        if answer.get("unavailable"):
            sides.unavailable[what] = answer["unavailable"]
    return Observed(
        threads=target.threads,
        weights_mb=weights_mb,
        cache_mb=near_cache_mb(),
        load_ms=loads,
        **varied,
        thread_scaling=threads,
        batch_scaling=batches["points"],
        bandwidth=bandwidth,
        operators=operators.get("operators", ()),
        unavailable=sides.unavailable,
    )


class Sides:
    """One model looked at from several sides, each in a fresh worker, and what could not be seen."""

    def __init__(self, limits: Limits, python: str, arguments: dict[str, Any]) -> None:
        self.limits, self.python, self.arguments = limits, python, arguments
        self.unavailable: dict[str, str] = {}

    def ask(self, task: str, **more: Any) -> Any:
        return ask_once(f"edgeci.work.{task}", self.limits, self.python, **self.arguments, **more)

    def read_memory(self, megabytes: float, threads: list[int]) -> Any:
        return ask_once(
            "edgeci.work.profiling:bandwidth", self.limits, self.python, megabytes=megabytes, threads=threads
        )

    def try_to(self, what: str, look: Callable[[], Any], nothing: Any) -> Any:
        try:
            return look()
        except EdgeciError as problem:
            self.unavailable[what] = str(problem)
            return nothing
