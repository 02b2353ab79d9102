"""optimize: make every planned candidate, and let in only those that load, run, are finite and agree.

Finished work is kept: a candidate whose key (model, data, recipe, versions) is unchanged is not made again, and what
failed for a reason that lies in it is not tried again.
"""

import time
from collections.abc import Collection, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from edgeci.backends import registry
from edgeci.errors import (
    BackendFailed,
    BackendMissing,
    ConfigError,
    EdgeciError,
    InputRejected,
    Interruption,
    WorkspaceError,
)
from edgeci.isolation.environments import interpreter
from edgeci.isolation.ingredients import ingredients
from edgeci.isolation.kept_workers import KeptWorkers
from edgeci.kinds.protocol import AnyKind
from edgeci.kinds.registry import kind
from edgeci.measuring.cores import refuse_missing_cores
from edgeci.planning.choice import standby
from edgeci.records import describe, digest, digest_of, write_atomically
from edgeci.types import Assessment, Candidate, Planned, Recipe, Skipped, Target
from edgeci.work import making
from edgeci.workbench.admission import check, judged_by
from edgeci.workbench.inspection import calibration_digests, calibration_of, inspect_data
from edgeci.workbench.items import items_of
from edgeci.workbench.private_copy import take_model_in
from edgeci.workbench.project import Project, baseline_recipe, private_model

ACCIDENTS = (Interruption, BackendMissing)
"""Neither lies in the recipe: a worker that was killed may live next time, what could not be installed may be there."""
NEXT_TIME = "; the next run tries again"
NOT_TRIED = "not tried: {0.backend} does not run this model; {0.title} says why"


def optimize(project: Project) -> tuple[list[Candidate], list[Skipped]]:
    """Write candidates/, candidates.json and skipped.json.

    Raises:
        BackendFailed: none of a target's backends runs the model as it is, so nothing can be compared.
        ConfigError: evaluation or calibration data that cannot be used, or threads without cores.
        WorkspaceError: `plan` has not run, or the model changed since `assess`.
    """
    refuse_missing_cores(project)
    workspace = project.workspace
    assessment = workspace.read("assessment", Assessment, "assess")[0]
    planned = workspace.read("plan", Planned, "plan")
    take_model_in(project, assessment)
    items = inspect_data(project, assessment, planned)
    model_digest = digest_of(digest(path) for path in sorted(workspace.model.rglob("*")) if path.is_file())
    candidates: dict[str, Candidate] = {}
    skipped: list[Skipped] = []
    done: set[str] = set()
    unable: dict[str, str] = {}
    with KeptWorkers(project.loaded.config.limits) as workers:
        while (plan := next_of(planned, done)) is not None:
            target = project.loaded.config.target_named(plan.target)
            baseline = baseline_recipe(target, planned)
            depends = [*calibration_digests(project, plan.recipe, items.calibration), *judged_by(project.loaded.config)]
            if plan.recipe == baseline:
                depends.append(items.judging)
            key = candidate_key(plan.recipe, model_digest, depends)
            kept = finished(project, plan.recipe, key)
            if kept is None and plan.recipe.backend in unable:
                made: Candidate | Skipped = given_up(project, plan, key, unable[plan.recipe.backend])
            else:
                made = kept or make(project, assessment, plan.recipe, target, key, baseline, workers)
            done.add(plan.recipe.id)
            outcome = describe_result(kind(assessment.kind), made) + (" (from an earlier run)" if kept else "")
            project.say(f"[{len(done)}/{len(unique(planned))}] {plan.recipe.title}: {outcome}")
            if isinstance(made, Candidate):
                candidates[plan.recipe.id] = made
            else:
                skipped.append(made)
            workspace.write("candidates", candidates.values(), Candidate)
            workspace.write("skipped", workspace.read_or_empty("rejected", Skipped) + skipped, Skipped)
            if isinstance(made, Skipped):
                replanned = without_baseline(project, assessment, planned, skipped)
                if replanned != planned:
                    unable[made.recipe.backend] = NOT_TRIED.format(made.recipe)
                    workspace.write("plan", replanned, Planned)
                planned = replanned
    return list(candidates.values()), skipped


def next_of(planned: list[Planned], done: Collection[str]) -> Planned | None:
    return next((plan for plan in unique(planned) if plan.recipe.id not in done), None)


def without_baseline(
    project: Project, assessment: Assessment, planned: list[Planned], skipped: Sequence[Skipped]
) -> list[Planned]:
    """The plan with another baseline for each target whose own was the last to fail: the next backend's.

    Raises:
        BackendFailed: there is no other, or it was an accident that may not happen again.
    """
    *_, failed = skipped
    for name in {plan.target: None for plan in planned}:
        target = project.loaded.config.target_named(name)
        if baseline_recipe(target, planned) != failed.recipe:
            continue
        is_accident = failed.reason.endswith(NEXT_TIME)
        other = None if is_accident else standby(project, assessment, target, [each.recipe for each in skipped])
        if other is None:
            raise BackendFailed(f"target {name}: the unoptimized model does not work: {failed.reason}")
        project.say(
            f"{name}: {failed.recipe.backend} does not run the model as it is, so the baseline is {other.title}, of "
            "the next backend that the target lists"
        )
        planned = led_by(Planned(target=name, recipe=other), planned)
    return planned


def led_by(baseline: Planned, planned: list[Planned]) -> list[Planned]:
    """The plan with that at the head of its target's."""
    others = [plan for plan in planned if plan != baseline]
    place = next(place for place, plan in enumerate(others) if plan.target == baseline.target)
    return [*others[:place], baseline, *others[place:]]


def given_up(project: Project, plan: Planned, key: str, reason: str) -> Skipped:
    """Not tried, because its backend has shown that it cannot; remembered as if it had been."""
    skipped = Skipped(recipe=plan.recipe, reason=reason, target=plan.target, key=key)
    with project.workspace.fresh_folder(project.workspace.candidates / plan.recipe.id) as folder:
        keep(project, plan.recipe, folder, skipped)
    return skipped


def unique(planned: list[Planned]) -> list[Planned]:
    """Each recipe once, for the first target that wants it."""
    first: dict[str, Planned] = {}
    for plan in planned:
        first.setdefault(plan.recipe.id, plan)
    return list(first.values())


def candidate_key(recipe: Recipe, model_digest: str, depends: Sequence[str]) -> str:
    """Everything a candidate depends on: a newer backend may make it where an older one could not."""
    versions = [registry.version_of(recipe.backend)]
    for name in registry.backend(recipe.backend).REQUIRES:
        try:
            versions.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            versions.append(f"{name} in {ingredients(recipe.backend).key}")
    return digest_of([recipe.model_dump_json(exclude={"label"}), model_digest, *depends, *versions])


def finished(project: Project, recipe: Recipe, key: str) -> Candidate | Skipped | None:
    """What an earlier run made of this recipe, if nothing it depends on has changed."""
    folder = project.workspace.candidates / recipe.id
    for name, record in (("candidate.json", Candidate), ("skipped.json", Skipped)):
        for kept in project.workspace.believed(f"candidates/{recipe.id}/{name}", record):
            assert isinstance(kept, Candidate | Skipped)
            if kept.key == key and intact(folder, kept):
                return kept.model_copy(update={"recipe": recipe})
    return None


def intact(folder: Path, kept: Candidate | Skipped) -> bool:
    if isinstance(kept, Skipped):
        return True
    return all((folder / file.path).exists() and describe(folder, folder / file.path) == file for file in kept.files)


def make(
    project: Project,
    assessment: Assessment,
    recipe: Recipe,
    target: Target,
    key: str,
    baseline: Recipe,
    workers: KeptWorkers,
) -> Candidate | Skipped:
    """One candidate in its folder, or the reason there is none; the reason is kept too, unless it is an accident."""
    workspace = project.workspace
    project.say(f"{recipe.title}: making it")
    started = time.monotonic()
    try:
        with workspace.fresh_folder(workspace.candidates / recipe.id) as folder:
            candidate = build(project, assessment, recipe, key, folder, started, workers)
            candidate = check(project, assessment, candidate, target, baseline, folder)
            keep(project, recipe, folder, candidate)
            return candidate
    except (InputRejected, WorkspaceError):
        raise
    except EdgeciError as problem:
        asked_for = project.loaded.config.recipes
        if isinstance(problem, ConfigError) and recipe == baseline:
            raise
        if isinstance(problem, ACCIDENTS):
            return Skipped(recipe=recipe, reason=f"{problem}{NEXT_TIME}", target=target.name, key=key)
        where = ""
        if isinstance(problem, ConfigError) and recipe in asked_for:
            where = f"{project.loaded.where(('recipes', asked_for.index(recipe)))}: "
        skipped = Skipped(recipe=recipe, reason=f"{where}{problem}", target=target.name, key=key)
        with workspace.fresh_folder(workspace.candidates / recipe.id) as folder:
            keep(project, recipe, folder, skipped)
        return skipped


def keep(project: Project, recipe: Recipe, folder: Path, outcome: Candidate | Skipped) -> None:
    """Write down in its folder what became of a recipe, so that the next run knows it again."""
    name = f"{type(outcome).__name__.lower()}.json"
    content = project.workspace.sealed(f"candidates/{recipe.id}/{name}", [outcome], type(outcome))
    write_atomically(folder / name, content)


def build(
    project: Project,
    assessment: Assessment,
    recipe: Recipe,
    key: str,
    folder: Path,
    started: float,
    workers: KeptWorkers,
) -> Candidate:
    config = project.loaded.config
    calibration = calibration_of(project, recipe)
    product = workers.ask(
        recipe.backend if registry.keeps_worker(recipe.backend) else None,
        interpreter(recipe.backend, config, project.say),
        making.optimize,
        assessment.kind,
        private_model(project, assessment).absolute(),
        recipe,
        None if calibration is None else items_of(project, assessment, calibration),
        folder.absolute(),
    )
    made = product.made
    return Candidate(
        recipe=recipe,
        main=made.main,
        files=tuple(describe(folder, path) for path in sorted(folder.rglob("*")) if path.is_file()),
        key=key,
        seconds=round(time.monotonic() - started, 3),
        versions=product.versions,
        precision=product.precision,
        notes=made.notes,
    )


def describe_result(kind: AnyKind, made: Candidate | Skipped) -> str:
    if isinstance(made, Skipped):
        return f"skipped: {made.reason}"
    matched = kind.told(made.agreement) if made.agreement else "the baseline"
    return f"{made.size_bytes / 1e6:.2f} MB, {made.precision}, {matched}, {made.seconds:.1f} s"
