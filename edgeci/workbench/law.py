"""The law that a change is judged by: what it is based on, read from that commit and never from the working tree.

The base's evaluation data, metric, gates, waivers, targets, budget and limits count; a pull request cannot lower its
own bar. What a change may bring is its model, how that is optimized, and what calibrates it, its calibration code
included. A release bundle brings no data, so there the law stays the working tree's.
"""

import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from edgeci import github
from edgeci.bundles.verification import verify
from edgeci.config import Config
from edgeci.config_file import Loaded
from edgeci.errors import ConfigError
from edgeci.regular_files import is_pointer
from edgeci.repository import Repository, repository_of
from edgeci.types import Against, Change, DataSource, Gate, Recipe
from edgeci.workbench.project import Project, open_project, workspace_at

AUTO, NONE = "auto", "none"
UNDER_REVIEW = ("model", "recipes", "propose")
"""Keys of edgeci.yaml that a change may bring; of `data`, only the calibration."""
NO_WORSE = (
    Gate(rule="retained", metric="accuracy", limit=0.99, against="base", name="accuracy against the base"),
    Gate(rule="regression", metric="latency_cpu", limit=0.05, against="base", name="latency against the base"),
    Gate(
        rule="regression", metric="peak_memory", limit=0.10, floor=1.0, against="base", name="memory against the base"
    ),
    Gate(rule="regression", metric="size", limit=0.10, against="base", name="size against the base"),
)
"""What is demanded where edgeci.yaml demands nothing against the base or the release."""


def lawful(project: Project, against: str) -> Project:
    """The project under the law that `against` names: a commit, a release bundle's folder, `auto` or `none`.

    `auto` is the base of the pull request or merge group that this job is run for, and nothing elsewhere.

    Raises:
        ConfigError: no repository, no such commit, or one that was not fetched.
        InputRejected: the bundle is not intact.
    """
    if against == NONE or (against == AUTO and not github.is_change()):
        return project
    if against == AUTO:
        return under_base_of_change(project)
    if Path(against).is_dir():
        return against_bundle(project, Path(against))
    return against_commit(project, against)


def under_base_of_change(project: Project) -> Project:
    commit = github.base_of_change()
    if commit is None:
        raise ConfigError(
            "this job judges a change, and its event does not say what that is based on; name the base's commit with "
            "--against, or pass `--against none` to judge the change by its own edgeci.yaml"
        )
    repository = repository_around(project)
    if not (repository.has(repository.commit(commit), place_in(repository, project.loaded.path))):
        project.say(f"{project.loaded.path}: not there at the base ({commit[:12]}), so the change brings its own law")
        return project
    return against_commit(project, commit)


def against_bundle(project: Project, bundle: Path) -> Project:
    released = verify(bundle)
    project.say(f"against the release {bundle}: {released.candidate.recipe.title}")
    return with_default_gates(dataclasses.replace(project, bundle=bundle), "release")


def against_commit(project: Project, reference: str) -> Project:
    """The project under the base's law, and what the change alters of it."""
    repository = repository_around(project)
    commit = repository.commit(reference)
    base = base_project(project, repository, commit)
    changes = tuple(differences(base.loaded.config, project.loaded.config))
    for change in changes:
        project.say(f"does not count: {change.key} is {change.base} at {reference}, {change.here} here")
    project.say(f"against {reference} ({commit[:12]})")
    judged = dataclasses.replace(
        under_law(project, base), base=base, commit=commit, reviewed=project.loaded, changes=changes
    )
    return with_default_gates(judged, "base")


def repository_around(project: Project) -> Repository:
    repository = repository_of(project.loaded.path.absolute())
    if repository is None:
        raise ConfigError(
            f"{project.loaded.path}: in no git repository, so there is no base to judge it by; check it out with git, "
            "or pass `--against none`"
        )
    return repository


def place_in(repository: Repository, path: Path) -> str:
    """Of a file in its repository, without following the links that a change may bring."""
    return Path(os.path.normpath(path.absolute())).relative_to(repository.root).as_posix()


def base_project(project: Project, repository: Repository, commit: str) -> Project:
    """The base's tree in a folder of its own, opened as a project that keeps its own workspace."""
    name = place_in(repository, project.loaded.path)
    folder = project.workspace.folder / "against" / commit[:16]
    project.workspace.claim(folder)
    workspace = workspace_at(folder, project.say, project.workspace.resumes)
    with workspace.fresh_folder(folder / "tree") as tree:
        repository.write_tree(commit, tree)
    config = folder / "tree" / name
    if not config.exists():
        raise ConfigError(f"{name}: not there at {commit[:12]}; the first one has no base to be against")
    base = open_project(config, folder, project.say, project.only)
    refuse_unjudgeable(base.loaded, commit)
    return dataclasses.replace(base, workspace=workspace)


def refuse_unjudgeable(law: Loaded, commit: str) -> None:
    """Data that judges must be the base's; what lies in the working tree instead, the change may have brought."""
    source = law.config.data.evaluation
    if source.path is None:
        return
    path = law.folder / source.path
    if not os.path.lexists(path):
        raise ConfigError(
            f"data.evaluation {source.path}: not in the commit {commit[:12]}, whose data is the law; commit it "
            "there, or "
            "give an absolute path outside of the repository to data that a job fetches"
        )
    if path.is_file():
        with path.open("rb") as stream:
            if is_pointer(stream):
                raise ConfigError(
                    f"data.evaluation {source.path}: a Git LFS pointer at the base, and its file was not fetched; run "
                    f"`git lfs fetch origin {commit}` first"
                )


def differences(base: Config, here: Config) -> Iterator[Change]:
    """Every key that the base decides and the change would decide otherwise."""
    ours, theirs = here.model_dump(mode="json"), base.model_dump(mode="json")
    for side in (ours, theirs):
        side["data"].pop("calibration")
        for key in UNDER_REVIEW:
            side.pop(key)
    yield from changed((), theirs, ours)


def changed(location: tuple[str, ...], base: Any, here: Any) -> Iterator[Change]:
    if isinstance(base, dict) and isinstance(here, dict):
        for key in sorted({*base, *here}):
            yield from changed((*location, key), base.get(key), here.get(key))
    elif isinstance(base, list) and isinstance(here, list) and len(base) == len(here):
        for index, (old, new) in enumerate(zip(base, here, strict=True)):
            yield from changed((*location, str(index)), old, new)
    elif base != here:
        yield Change(key=".".join(location), base=str(base), here=str(here))


def under_law(project: Project, base: Project) -> Project:
    """The base's configuration with what the change may bring; paths of the change stay the change's."""
    here, folder = project.loaded.config, project.loaded.folder.resolve()
    law = base.loaded.config
    config = law.model_copy(
        update={
            "model": str(folder / here.model),
            "recipes": tuple(placed_recipe(recipe, folder) for recipe in here.recipes),
            "propose": here.propose,
            "data": law.data.model_copy(update={"calibration": placed(here.data.calibration, folder)}),
        }
    )
    return dataclasses.replace(project, loaded=Loaded(config, base.loaded.path, base.loaded.marks))


def placed(source: DataSource | None, folder: Path) -> DataSource | None:
    """A data source whose path does not depend on where edgeci.yaml lies."""
    if source is None or source.path is None:
        return source
    classes = None if source.classes is None else str(folder / source.classes)
    return source.model_copy(update={"path": str(folder / source.path), "classes": classes})


def placed_recipe(recipe: Recipe, folder: Path) -> Recipe:
    return recipe.model_copy(update={"calibration": placed(recipe.calibration, folder)})


def with_default_gates(project: Project, against: Against) -> Project:
    """The project with gates against this baseline, its own or the default ones."""
    gates = project.loaded.config.gates
    if any(gate.against == against for gate in gates.rules):
        return project
    added = tuple(
        gate.model_copy(update={"against": against, "metric": metric_of(gate, project.loaded.config)})
        for gate in NO_WORSE
    )
    config = project.loaded.config.model_copy(update={"gates": gates.model_copy(update={"rules": gates.rules + added})})
    return dataclasses.replace(project, loaded=Loaded(config, project.loaded.path, project.loaded.marks))


def metric_of(gate: Gate, config: Config) -> str:
    return config.judging if gate.metric == "accuracy" else gate.metric
