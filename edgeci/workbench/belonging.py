"""Whose a workspace is: two configurations that take turns in one would overwrite each other's work and release."""

import os
from pathlib import Path

from edgeci.errors import WorkspaceError
from edgeci.types import Belongs
from edgeci.workbench.project import Project

RECORD = "configuration"


def take_possession(project: Project) -> None:
    """Say in the workspace which configuration it is of."""
    project.workspace.write(RECORD, [Belongs(config=config_of(project))], Belongs)


def refuse_others_workspace(project: Project) -> None:
    """
    Raises:
        WorkspaceError: it is another configuration's, which is still there; one that was renamed has left it.
    """
    workspace, name = project.workspace, f"{RECORD}.json"
    path = workspace.folder / name
    if not os.path.lexists(path) or workspace.objection(name, workspace.content(path)) is not None:
        return
    [belongs] = workspace.read(RECORD, Belongs, "assess")
    other, own = workspace.folder.resolve().parent / belongs.config, project.source.path
    if belongs.config == config_of(project) or not other.exists():
        return
    raise WorkspaceError(
        f"{workspace.folder}: holds the work and the release of {belongs.config}, which {own} would overwrite; "
        f"give each its own: `--workspace {proposed(own)}`"
    )


def config_of(project: Project) -> str:
    """The path of edgeci.yaml from beside the workspace: the same wherever both are moved together."""
    return Path(os.path.relpath(project.source.path.resolve(), project.workspace.folder.resolve().parent)).as_posix()


def proposed(config: Path) -> Path:
    """A workspace beside the configuration, named after it where it has not the usual name."""
    return config.parent / (".edgeci" if config.stem == "edgeci" else f".edgeci-{config.stem}")
