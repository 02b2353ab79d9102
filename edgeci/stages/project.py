"""What every verb starts from: a checked configuration, a workspace, and where to say what is going on."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from edgeci.backends import registry
from edgeci.config_file import Loaded, load
from edgeci.config_problems import Vocabulary
from edgeci.errors import ConfigError
from edgeci.formats.intake import FOLDERS, MAIN
from edgeci.gates.judge import RULES, misfit
from edgeci.records import Workspace
from edgeci.stages.render import template_names
from edgeci.types import (
    Assessment,
    Candidate,
    Change,
    Decision,
    Evidence,
    Fact,
    Measurement,
    Planned,
    Recipe,
    Skipped,
    Target,
    Tensor,
    Verdict,
)

Say = Callable[[str], None]


@dataclass(frozen=True)
class Project:
    """One edgeci.yaml with its workspace. `only` restricts the targets; empty means all."""

    loaded: Loaded
    workspace: Workspace
    say: Say
    only: tuple[str, ...] = ()

    @property
    def targets(self) -> tuple[Target, ...]:
        chosen = self.loaded.config.targets
        return tuple(target for target in chosen if not self.only or target.name in self.only)

    @property
    def data_folder(self) -> str:
        return str(self.loaded.folder.resolve())


def open_project(config: Path, workspace: Path, say: Say, only: tuple[str, ...] = ()) -> Project:
    """Load edgeci.yaml against the names that exist.

    Raises:
        ConfigError: every problem in the file, or a target it does not have.
    """
    vocabulary = Vocabulary(registry.names(), RULES, template_names(config.parent), misfit)
    loaded = load(config, vocabulary)
    known = [target.name for target in loaded.config.targets]
    for name in only:
        if name not in known:
            raise ConfigError(f"{config}: no target {name!r}; it has {', '.join(known)}")
    return Project(loaded, Workspace(workspace), say, only)


def baseline_recipe(target: Target, planned: list[Planned]) -> Recipe:
    """The unoptimized model on the target's first backend: what the others are measured against."""
    return next(plan.recipe for plan in planned if plan.target == target.name and plan.recipe.method == "as-is")


def private_model(project: Project, assessment: Assessment) -> Path:
    """Where the workspace's own copy of the model lies: a file, or a folder where the model is one."""
    if assessment.model.format in FOLDERS:
        return project.workspace.model
    return project.workspace.model / MAIN[assessment.model.format]


def tensors(assessment: Assessment) -> list[dict[str, object]]:
    """The model's inputs as a worker takes them."""
    return [Tensor.model_dump(tensor) for tensor in assessment.inputs]


def shown_path(path: Path) -> str:
    """The path from the repository's root, as annotations need it; the bare name outside a repository.

    The same from every working directory, so that the same evidence makes the same bundle.
    """
    resolved = path.resolve()
    for folder in resolved.parents:
        if (folder / ".git").exists():
            return resolved.relative_to(folder).as_posix()
    return path.name


def evidence(project: Project) -> Evidence:
    """Everything the workspace knows.

    Raises:
        WorkspaceError: `assess` has not run, or a file is damaged.
    """
    workspace = project.workspace
    return Evidence(
        config=shown_path(project.loaded.path),
        assessment=workspace.read("assessment", Assessment, "assess")[0],
        hardware=tuple(workspace.read_or_empty("hardware", Fact)),
        targets=project.targets,
        candidates=tuple(workspace.read_or_empty("candidates", Candidate)),
        skipped=tuple(workspace.read_or_empty("skipped", Skipped)),
        measurements=tuple(workspace.read_or_empty("measurements", Measurement)),
        verdicts=tuple(workspace.read_or_empty("verdicts", Verdict)),
        decisions=tuple(workspace.read_or_empty("decisions", Decision)),
        changes=tuple(workspace.read_or_empty("changes", Change)),
    )
