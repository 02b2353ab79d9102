"""Releases to write manifests for: this workspace's own, or bundles that another job made, once they are verified."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from edgeci.bundles.verification import verify
from edgeci.errors import ConfigError
from edgeci.types import Release
from edgeci.workbench.project import Project


def adopted(project: Project, bundles: Sequence[Path]) -> list[Release]:
    """Those of the targets that are asked about.

    Raises:
        InputRejected: a bundle is not intact.
        ConfigError: it is for a target that edgeci.yaml does not have.
    """
    for bundle in bundles:
        take_in(project, bundle)
    folders = [project.workspace.release / target.name for target in project.targets]
    return [verify(folder) for folder in folders if folder.exists()]


def take_in(project: Project, bundle: Path) -> None:
    """A copy in the workspace, which is verified in its turn: nobody can swap it afterwards."""
    name = verify(bundle).target.name
    known = [target.name for target in project.targets]
    if name not in known:
        raise ConfigError(f"--bundle {bundle}: for the target {name}; asked for are {', '.join(known)}")
    destination = project.workspace.release / name
    if destination.exists() and destination.samefile(bundle):
        return
    with project.workspace.fresh_folder(destination) as folder:
        shutil.copytree(bundle, folder, dirs_exist_ok=True, symlinks=True)
