"""What every verb starts from: a checked configuration, a workspace, and where to say what is going on."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from edgeci import github
from edgeci.backends import registry
from edgeci.config import Soak
from edgeci.config_file import Loaded, load
from edgeci.config_problems import Vocabulary
from edgeci.errors import ConfigError, WorkspaceError
from edgeci.formats.intake import FOLDERS, MAIN
from edgeci.gates.misfit import misfit
from edgeci.gates.rules import RULES
from edgeci.hardware.fingerprint import origin
from edgeci.kinds import registry as kinds
from edgeci.records import digest_of
from edgeci.rendering.catalogue import template_names
from edgeci.repository import repository_of
from edgeci.say import Say
from edgeci.types import Assessment, Change, DataSource, Planned, Recipe, Target
from edgeci.witness import Witness, key_file, read_key
from edgeci.workspace import Workspace


@dataclass(frozen=True)
class Project:
    """One edgeci.yaml with its workspace. `only` restricts the targets; empty means all.

    Of a change under review, `loaded` is the law it is judged by (the base's), and `reviewed` its own edgeci.yaml.
    """

    loaded: Loaded
    workspace: Workspace
    say: Say
    only: tuple[str, ...] = ()
    reviewed: Loaded | None = None
    base: "Project | None" = None
    """What a change is measured against, where there is one: the commit it is based on."""
    commit: str = ""
    """Of the base."""
    bundle: Path | None = None
    """An earlier release that it is measured against."""
    changes: tuple[Change, ...] = ()
    """What the change alters of the law; it does not count."""

    @property
    def targets(self) -> tuple[Target, ...]:
        chosen = self.loaded.config.targets
        return tuple(target for target in chosen if not self.only or target.name in self.only)

    @property
    def model_path(self) -> Path:
        return self.loaded.folder / self.loaded.config.model

    def with_soak(self, seconds: float) -> "Project":
        """The project with a soak of that length, whatever its configuration says.

        Raises:
            ConfigError: longer than any configuration may ask for.
        """
        try:
            soak = Soak(seconds=seconds)
        except ValidationError as problem:
            raise ConfigError(f"--soak {seconds:g}: {problem.errors()[0]['msg'].lower()}, seconds") from problem
        config = self.loaded.config.model_copy(update={"soak": soak})
        return dataclasses.replace(self, loaded=dataclasses.replace(self.loaded, config=config))

    @property
    def source(self) -> Loaded:
        """The edgeci.yaml that the user sees: of a change, its own."""
        return self.reviewed or self.loaded

    def home_of(self, source: DataSource) -> str:
        """The folder in which a data source's path and functions are looked up.

        What judges is the law's. What calibrates is the change's own, its code included: it makes candidates, as the
        model and the recipes do, and is measured like them.
        """
        judges = source == self.loaded.config.data.evaluation
        return str((self.loaded if judges else self.source).folder.resolve())

    @property
    def law(self) -> str:
        """Digest of all that decides what is measured and how, and of the base; gates can change without measuring."""
        config = self.loaded.config.model_dump_json(exclude=NOT_MEASURED)
        return digest_of([config, self.loaded.config.data.evaluation.model_dump_json(), self.commit])[:16]


NOT_MEASURED = {"model", "data", "recipes", "propose", "gates", "waivers", "prefer", "render", "soak"}
"""Keys of edgeci.yaml that decide what is made, or what is thought of it."""


def open_project(config: Path, workspace: Path, say: Say, only: tuple[str, ...] = (), resume: bool = False) -> Project:
    """Load edgeci.yaml against the names that exist.

    Raises:
        ConfigError: every problem in the file, or a target it does not have.
        WorkspaceError: the key of this machine's records cannot be had.
    """
    vocabulary = Vocabulary(registry.names(), RULES, template_names(config.parent), misfit, kinds.names())
    loaded = load(config, vocabulary)
    known = [target.name for target in loaded.config.targets]
    for name in only:
        if name not in known:
            raise ConfigError(f"{config}: no target {name!r}; it has {', '.join(known)}")
    return Project(loaded, workspace_at(workspace, say, resume), say, only)


def workspace_at(folder: Path, say: Say = lambda message: None, resume: bool = False) -> Workspace:
    """The workspace in a folder, as this run on this machine knows it.

    Raises:
        WorkspaceError: the key cannot be had, or lies in a repository, where a change could bring it.
    """
    path = key_file()
    repository = repository_of(folder.absolute())
    if repository is not None and path.is_relative_to(repository.root):
        raise WorkspaceError(f"{path}: the key lies in the repository; set EDGECI_KEY to a file outside of it")
    witness = Witness(origin(folder, github.job()), read_key(path))
    return Workspace(folder, witness, say, resume)


def tracked(folder: Path) -> list[Path]:
    """Files in a folder that lie there because git put them there."""
    repository = repository_of(folder.absolute())
    return [] if repository is None else repository.tracked(folder.absolute())


def baseline_recipe(target: Target, planned: list[Planned]) -> Recipe:
    """The unoptimized model, as the plan has it first for the target: what the others are measured against."""
    return next(plan.recipe for plan in planned if plan.target == target.name and plan.recipe.method == "as-is")


def private_model(project: Project, assessment: Assessment) -> Path:
    """Where the workspace's own copy of the model lies: a file, or a folder where the model is one."""
    if assessment.model.format in FOLDERS:
        return project.workspace.model
    return project.workspace.model / MAIN[assessment.model.format]


def shown_path(path: Path) -> str:
    """The path from the repository's root, as annotations need it; the bare name outside a repository.

    The same from every working directory, so that the same evidence makes the same bundle.
    """
    resolved = path.resolve()
    for folder in resolved.parents:
        if (folder / ".git").exists():
            return resolved.relative_to(folder).as_posix()
    return path.name
