"""optimize: make every planned candidate, and let in only those that load, run, are finite and agree.

Finished work is kept: a candidate whose key (model, data, recipe, versions) is unchanged is not made again, and what
failed for a reason that lies in it is not tried again.
"""

import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from edgeci.backends import registry
from edgeci.errors import BackendFailed, ConfigError, EdgeciError, InputRejected, WorkspaceError
from edgeci.evaluation import embeddings
from edgeci.evaluation.scores import agreement
from edgeci.evaluation.text import refuse_without_items
from edgeci.formats.intake import FOLDERS, copy_in
from edgeci.isolation.environments import ingredients, interpreter
from edgeci.isolation.process import KeptWorkers, Worker, ask_once
from edgeci.records import decode, describe, digest, digest_of, encode, write_atomically
from edgeci.stages.assess import digest_model
from edgeci.stages.contender import Contender
from edgeci.stages.project import Project, baseline_recipe, private_model, tensors
from edgeci.stages.sampling import TENSOR_TASKS
from edgeci.stages.tokens import TEXT_TASKS, items_of, reads_tokens, tokenized
from edgeci.types import Agreement, Assessment, Candidate, DataSource, Made, ModelFile, Planned, Recipe, Skipped, Target

CHECKED_ITEMS = 32
CHECKED_WINDOWS = 4
FURTHEST_KL = 2.0
SAME_KL = 0.01
"""Nats: bfloat16 weights of a float32 source are near 0.001, the mildest 8-bit quantization near 0.004."""
SAME_COSINE = 0.999
"""A lossless method (a conversion, a graph optimization) must agree with its source this well."""


def optimize(project: Project) -> tuple[list[Candidate], list[Skipped]]:
    """Write candidates/, candidates.json and skipped.json.

    Raises:
        BackendFailed: a target's baseline does not work, so nothing can be compared.
        ConfigError: evaluation or calibration data that cannot be used.
        WorkspaceError: `plan` has not run, or the model changed since `assess`.
    """
    workspace = project.workspace
    assessment = workspace.read("assessment", Assessment, "assess")[0]
    planned = workspace.read("plan", Planned, "plan")
    take_model_in(project, assessment)
    items = inspect_data(project, assessment, planned)
    model_digest = digest_of(digest(path) for path in sorted(workspace.model.rglob("*")) if path.is_file())
    candidates: dict[str, Candidate] = {}
    skipped: list[Skipped] = []
    recipes = unique(planned)
    with KeptWorkers(project.loaded.config.limits) as workers:
        for number, plan in enumerate(recipes, start=1):
            target = project.loaded.config.target_named(plan.target)
            key = candidate_key(plan.recipe, model_digest, calibration_digests(project, plan.recipe, items))
            kept = finished(project, plan.recipe, key)
            baseline = baseline_recipe(target, planned)
            made = kept or make(project, assessment, plan.recipe, target, key, baseline, workers)
            outcome = describe_result(made) + (" (from an earlier run)" if kept else "")
            project.say(f"[{number}/{len(recipes)}] {plan.recipe.title}: {outcome}")
            if isinstance(made, Candidate):
                candidates[plan.recipe.id] = made
            else:
                skipped.append(made)
            workspace.write("candidates", candidates.values(), Candidate)
            workspace.write("skipped", workspace.read_or_empty("rejected", Skipped) + skipped, Skipped)
            if isinstance(made, Skipped) and plan.recipe == baseline:
                raise BackendFailed(f"target {target.name}: the unoptimized model does not work: {made.reason}")
    return list(candidates.values()), skipped


def unique(planned: list[Planned]) -> list[Planned]:
    """Each recipe once, for the first target that wants it."""
    first: dict[str, Planned] = {}
    for plan in planned:
        first.setdefault(plan.recipe.id, plan)
    return list(first.values())


def calibration_of(project: Project, recipe: Recipe) -> DataSource | None:
    return recipe.calibration or project.loaded.config.data.calibration


def inspect_data(project: Project, assessment: Assessment, planned: list[Planned]) -> dict[str, list[str]]:
    """Digests of every item, by the data source's JSON.

    Raises:
        ConfigError: unusable data, or a calibration item that is an evaluation item too.
    """
    config = project.loaded.config
    judging = inspect(project, assessment, config.data.evaluation, config.metric)
    found: dict[str, list[str]] = {}
    for source in [config.data.calibration, *(plan.recipe.calibration for plan in planned)]:
        if source is not None and source.model_dump_json() not in found:
            items = inspect(project, assessment, source, None)
            refuse_overlap(source, items, set(judging))
            found[source.model_dump_json()] = items
    return found


def refuse_overlap(source: DataSource, items: list[str], judging: set[str]) -> None:
    shared = [index for index, item in enumerate(items) if item in judging]
    if shared:
        raise ConfigError(
            f"{source.path or source.python}: {len(shared)} of {len(items)} calibration items are evaluation items "
            f"too (first: item {shared[0]}); a model must not be judged on what tuned it"
        )


def calibration_digests(project: Project, recipe: Recipe, items: dict[str, list[str]]) -> list[str]:
    source = calibration_of(project, recipe)
    return [] if source is None else items[source.model_dump_json()]


def inspect(project: Project, assessment: Assessment, source: DataSource, metric: str | None) -> list[str]:
    if reads_tokens(assessment):
        items = items_of(project, assessment, source)
        if metric is not None:
            refuse = embeddings.refuse_without_items if assessment.task == "embeddings" else refuse_without_items
            refuse(metric, items)
        return items.digests()
    answer = ask_once(
        "edgeci.isolation.tasks:inspect",
        project.loaded.config.limits,
        source=source.model_dump(),
        folder=project.data_folder,
        tensors=tensors(assessment),
        metric=metric,
    )
    return list(answer["digests"])


def take_model_in(project: Project, assessment: Assessment) -> None:
    """The private copy that workers read; made once, and the very bytes that were assessed.

    Raises:
        WorkspaceError: the model changed since it was assessed.
        ConfigError, InputRejected: as copy_in.
    """
    workspace, model = project.workspace, assessment.model
    private = private_model(project, assessment)
    if is_current(private, model):
        return
    with workspace.fresh_folder(workspace.model) as folder:
        limit_mb = project.loaded.config.limits.model_mb
        copy_in(Path(model.path), model.external, folder, limit_mb, model.format)
        copied = folder / private.relative_to(workspace.model)
        if digest_model(copied, model.external, model.format) != model.sha256:
            raise WorkspaceError(f"{model.path}: changed since it was assessed; run `edgeci assess` again")


def is_current(private: Path, model: ModelFile) -> bool:
    """Whether the copy is the model that was assessed. Data beside a file is in no digest, and is copied every time."""
    if model.format not in FOLDERS:
        return private.is_file() and not model.external and digest(private) == model.sha256
    is_whole = all((private / name).is_file() for name in model.external)
    return is_whole and digest_model(private, model.external, model.format) == model.sha256


def candidate_key(recipe: Recipe, model_digest: str, calibration: list[str]) -> str:
    """Everything a candidate depends on: a newer backend may make it where an older one could not."""
    versions = [registry.version_of(recipe.backend)]
    for name in registry.backend(recipe.backend).REQUIRES:
        try:
            versions.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            versions.append(f"{name} in {ingredients(recipe.backend).key}")
    return digest_of([recipe.model_dump_json(exclude={"label"}), model_digest, *calibration, *versions])


def finished(project: Project, recipe: Recipe, key: str) -> Candidate | Skipped | None:
    """What an earlier run made of this recipe, if nothing it depends on has changed."""
    folder = project.workspace.candidates / recipe.id
    for name, kind in (("candidate.json", Candidate), ("skipped.json", Skipped)):
        record = folder / name
        if record.exists():
            found = decode(record.read_bytes(), kind, str(record))[0]
            assert isinstance(found, Candidate | Skipped)
            if found.key == key and intact(folder, found):
                return found.model_copy(update={"recipe": recipe})
    return None


def intact(folder: Path, found: Candidate | Skipped) -> bool:
    if isinstance(found, Skipped):
        return True
    return all((folder / file.path).exists() and describe(folder, folder / file.path) == file for file in found.files)


def make(
    project: Project,
    assessment: Assessment,
    recipe: Recipe,
    target: Target,
    key: str,
    baseline: Recipe,
    workers: KeptWorkers,
) -> Candidate | Skipped:
    """One candidate in its folder, or the reason there is none; the reason is kept too."""
    workspace = project.workspace
    project.say(f"{recipe.title}: making it")
    started = time.monotonic()
    try:
        with workspace.fresh_folder(workspace.candidates / recipe.id) as folder:
            candidate = build(project, assessment, recipe, key, folder, started, workers)
            candidate = check(project, assessment, candidate, target, baseline, folder)
            write_atomically(folder / "candidate.json", encode("candidate", [candidate]))
            return candidate
    except (InputRejected, WorkspaceError):
        raise
    except EdgeciError as problem:
        asked_for = project.loaded.config.recipes
        if isinstance(problem, ConfigError) and recipe in asked_for:
            raise ConfigError(f"{project.loaded.where(('recipes', asked_for.index(recipe)))}: {problem}") from problem
        skipped = Skipped(recipe=recipe, reason=str(problem), target=target.name, key=key)
        with workspace.fresh_folder(workspace.candidates / recipe.id) as folder:
            write_atomically(folder / "skipped.json", encode("skipped", [skipped]))
        return skipped


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
    tasks, data = asked_with(project, assessment, calibration)
    answer = workers.ask(
        recipe.backend if registry.keeps_worker(recipe.backend) else None,
        f"{tasks}:optimize",
        interpreter(recipe.backend, config, project.say),
        model=str(private_model(project, assessment).absolute()),
        recipe=recipe.model_dump(),
        output=str(folder.absolute()),
        **data,
    )
    made = Made(**answer["made"])
    return Candidate(
        recipe=recipe,
        main=made.main,
        files=tuple(describe(folder, path) for path in sorted(folder.rglob("*")) if path.is_file()),
        key=key,
        seconds=round(time.monotonic() - started, 3),
        versions=answer["versions"],
        precision=answer["precision"],
        notes=made.notes,
    )


def asked_with(
    project: Project, assessment: Assessment, calibration: DataSource | None
) -> tuple[str, dict[str, object]]:
    """The module of the tasks for this kind of model, and the calibration data as its `optimize` takes it."""
    if reads_tokens(assessment):
        return TEXT_TASKS, {
            "calibration": None if calibration is None else str(tokenized(project, assessment, calibration))
        }
    return TENSOR_TASKS, {
        "calibration": None if calibration is None else calibration.model_dump(),
        "folder": project.data_folder,
        "tensors": tensors(assessment),
    }


def check(
    project: Project, assessment: Assessment, candidate: Candidate, target: Target, baseline: Recipe, folder: Path
) -> Candidate:
    """Load, run, finite, agreement. The baseline has nothing to agree with but itself.

    Raises:
        BackendFailed: any of the four fails.
    """
    contender = Contender(project, target, assessment, candidate, folder.absolute())
    reference = None if candidate.recipe == baseline else project.workspace.candidates / baseline.id
    agree = texts_agree if contender.is_text else tensors_agree
    found = agree(contender, None if reference is None else reference.absolute())
    if found is None:
        return candidate
    if candidate.recipe.method in registry.backend(candidate.recipe.backend).LOSSLESS:
        refuse_other_answers(candidate.recipe, found)
    return candidate.model_copy(update={"agreement": found})


def tensors_agree(contender: Contender, reference: Path | None) -> Agreement | None:
    """Outputs of the first items, kept, and compared with the reference's where there is one."""
    outputs = contender.folder / "outputs.npy"
    with Worker(contender.project.loaded.config.limits, contender.interpreter) as worker:
        worker.ask(f"{TENSOR_TASKS}:outputs", **contender.arguments, items=CHECKED_ITEMS, save=str(outputs))
    if reference is None:
        return None
    theirs, ours = (np.load(path, allow_pickle=False) for path in (reference / "outputs.npy", outputs))
    if ours.shape != theirs.shape:
        raise BackendFailed(f"its outputs have shape {ours.shape[1:]}, the source's {theirs.shape[1:]}")
    return agreement(theirs, ours)


def texts_agree(contender: Contender, reference: Path | None) -> Agreement | None:
    """What it makes of the first windows, kept, and compared with the reference's where there is one.

    A language model that is further from its source than FURTHEST_KL says is broken, and not worth measuring: the
    worst usable quantizations are near 1 nat, what a wrong conversion gives is near 10.
    """
    arguments = {name: value for name, value in contender.arguments.items() if name != "text"}
    with Worker(contender.project.loaded.config.limits, contender.interpreter) as worker:
        answer = worker.ask(
            f"{TEXT_TASKS}:outputs",
            **arguments,
            items=CHECKED_WINDOWS,
            save=str(contender.folder / "outputs.npz"),
            reference=None if reference is None else str(reference / "outputs.npz"),
        )
    if answer["agreement"] is None:
        return None
    found = Agreement(**answer["agreement"])
    if found.kl_divergence is None:
        return found
    if not found.kl_divergence <= FURTHEST_KL:
        raise BackendFailed(
            f"its answers are not its source's: mean KL divergence {found.kl_divergence:.3g} nats, same top token "
            f"{found.same_top:.1%} (at most {FURTHEST_KL:g} nats are let in)"
        )
    return found


def refuse_other_answers(recipe: Recipe, found: Agreement) -> None:
    if found.kl_divergence is not None and not found.kl_divergence <= SAME_KL:
        raise BackendFailed(
            f"{recipe.method} must not change the answers, but the mean KL divergence from the source is "
            f"{found.kl_divergence:.4f} nats (at most {SAME_KL} is let in)"
        )
    if found.kl_divergence is None and found.cosine < SAME_COSINE:
        raise BackendFailed(
            f"{recipe.method} must not change the answers, but their mean cosine similarity with the "
            f"source's is {found.cosine:.4f} (at least {SAME_COSINE} is needed)"
        )


def describe_result(made: Candidate | Skipped) -> str:
    if isinstance(made, Skipped):
        return f"skipped: {made.reason}"
    matched = described_agreement(made.agreement) if made.agreement else "the baseline"
    return f"{made.size_bytes / 1e6:.2f} MB, {made.precision}, {matched}, {made.seconds:.1f} s"


def described_agreement(found: Agreement) -> str:
    if found.kl_divergence is None:
        return f"cosine {found.cosine:.4f}"
    return f"KL {found.kl_divergence:.4f} nats, same top token {found.same_top:.1%}"
