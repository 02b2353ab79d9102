"""--against: judge a change by the law of what it changes, and measure both in the same run.

The base's evaluation data, metric, gates, targets, budget and limits are the law, read from its commit and never from
the working tree: a pull request cannot lower its own bar. What the change may bring is its model, how that is
optimized and what calibrates it. A release bundle brings no data, so there the law stays the working tree's.
"""

import io
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from edgeci.config import Config
from edgeci.config_file import Loaded
from edgeci.errors import BackendFailed, ConfigError
from edgeci.records import Workspace
from edgeci.stages.assess import assess
from edgeci.stages.benchmark import Opponent
from edgeci.stages.contender import Contender
from edgeci.stages.optimize import optimize
from edgeci.stages.plan import plan
from edgeci.stages.project import Project, open_project
from edgeci.stages.verify import verify
from edgeci.types import Against, Candidate, Change, DataSource, Gate, Recipe, Skipped, Target

UNDER_REVIEW = ("model", "recipes", "propose")
"""Keys of edgeci.yaml that a change may bring; of `data`, only the calibration."""
NO_WORSE = (
    Gate(rule="retained", metric="accuracy", limit=0.99, against="base", name="accuracy against the base"),
    Gate(rule="regression", metric="latency_cpu", limit=0.05, against="base", name="latency against the base"),
    Gate(rule="regression", metric="peak_memory", limit=0.10, against="base", name="memory against the base"),
    Gate(rule="regression", metric="size", limit=0.10, against="base", name="size against the base"),
)
"""What is demanded where edgeci.yaml demands nothing against the base or the release."""


def against_bundle(project: Project, bundle: Path) -> tuple[Project, dict[Against, Opponent]]:
    """The project, and an opponent: the released candidate.

    Raises:
        InputRejected: the bundle is not intact.
    """
    released = verify(bundle)

    def opponent(target: Target, candidate: Candidate) -> Contender:
        return Contender(project, target, released.assessment, released.candidate, (bundle / "model").resolve())

    project.say(f"against the release {bundle}: {released.candidate.recipe.title}")
    return with_default_gates(project, "release"), {"release": opponent}


def against_reference(project: Project, reference: str) -> tuple[Project, dict[Against, Opponent], list[Change]]:
    """The project under the base's law, an opponent made from the base's model, and what changes of the law.

    Raises:
        ConfigError: no repository, no such commit, or no edgeci.yaml there.
        EdgeciError: as the verbs that make the base's candidates.
    """
    commit = resolve(project.loaded.folder, reference)
    base = base_project(project, commit)
    changes = list(differences(base.loaded.config, project.loaded.config))
    for change in changes:
        project.say(f"does not count: {change.key} is {change.base} at {reference}, {change.here} here")
    judged = with_default_gates(under_law(project, base), "base")
    project.say(f"against {reference} ({commit[:12]})")
    return judged, {"base": made_from(base, judged)}, changes


def resolve(folder: Path, reference: str) -> str:
    """The full name of a commit."""
    done = git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{reference}^{{commit}}")
    if done.returncode != 0:
        raise ConfigError(
            f"--against {reference}: no such commit in the repository of {folder.resolve()}; fetch it first "
            "(actions/checkout needs `fetch-depth: 0`)"
        )
    return done.stdout.decode().strip()


def git(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
    try:
        return subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, check=False)
    except FileNotFoundError:
        raise ConfigError("--against needs git, which is not installed") from None


def base_project(project: Project, commit: str) -> Project:
    """The base's tree in a folder of its own, opened as a project that keeps its own workspace."""
    path = project.loaded.path.resolve()
    root = Path(git(path.parent, "rev-parse", "--show-toplevel").stdout.decode().strip())
    archive = git(root, "archive", "--format=tar", commit)
    if archive.returncode != 0:
        raise ConfigError(f"{commit}: cannot be read: {archive.stderr.decode(errors='replace').strip()}")
    workspace = project.workspace.folder / "against" / commit[:16]
    with (
        Workspace(workspace).fresh_folder(workspace / "tree") as folder,
        tarfile.open(fileobj=io.BytesIO(archive.stdout)) as tree,
    ):
        tree.extractall(folder, filter="data")
    config = workspace / "tree" / path.relative_to(root)
    if not config.exists():
        raise ConfigError(
            f"{path.relative_to(root)}: not there at {commit[:12]}; the first one has no base to be against"
        )
    return open_project(config, workspace, project.say, project.only)


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
    loaded = Loaded(config, base.loaded.path, base.loaded.marks)
    return Project(loaded, project.workspace, project.say, project.only)


def placed(source: DataSource | None, folder: Path) -> DataSource | None:
    """A data source whose path does not depend on where edgeci.yaml lies."""
    if source is None or source.path is None:
        return source
    return source.model_copy(update={"path": str(folder / source.path)})


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
    loaded = Loaded(config, project.loaded.path, project.loaded.marks)
    return Project(loaded, project.workspace, project.say, project.only)


def metric_of(gate: Gate, config: Config) -> str:
    return config.metric if gate.metric == "accuracy" else gate.metric


def made_from(base: Project, judged: Project) -> Opponent:
    """The base's model through the same recipe; made when the first candidate asks for it."""
    recipes = judged.loaded.config.recipes
    config = base.loaded.config.model_copy(
        update={
            "recipes": recipes,
            "propose": judged.loaded.config.propose,
            "data": judged.loaded.config.data,
        }
    )
    project = Project(Loaded(config, base.loaded.path, base.loaded.marks), base.workspace, base.say, base.only)
    assessment = assess(project)
    plan(project)
    candidates, skipped = optimize(project)
    made = {candidate.recipe.id: candidate for candidate in candidates}

    def opponent(target: Target, candidate: Candidate) -> Contender:
        if candidate.recipe.id not in made:
            raise BackendFailed(f"the base has no {candidate.recipe.title}: {why(skipped, candidate.recipe)}")
        theirs = made[candidate.recipe.id]
        return Contender(project, target, assessment, theirs, project.workspace.candidates / theirs.recipe.id)

    return opponent


def why(skipped: list[Skipped], recipe: Recipe) -> str:
    return next((item.reason for item in skipped if item.recipe.id == recipe.id), "it is not proposed for it")
