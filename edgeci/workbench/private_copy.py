"""The workspace's own copy of the model: workers read it, so the bytes that are measured are those assessed."""

from pathlib import Path

from edgeci.errors import WorkspaceError
from edgeci.formats.intake import FOLDERS, MAIN, copy_in, place
from edgeci.records import digest
from edgeci.types import Assessment, ModelFile
from edgeci.workbench.project import Project


def take_model_in(project: Project, assessment: Assessment) -> None:
    """The private copy that workers read; made once, and the very bytes that were assessed.

    Raises:
        WorkspaceError: the model, or a file that belongs to it, changed since it was assessed.
        ConfigError, InputRejected: as copy_in.
    """
    workspace, model = project.workspace, assessment.model
    if changed(workspace.model, model) is None:
        return
    with workspace.fresh_folder(workspace.model) as folder:
        copy_in(Path(model.path), model.external, folder, project.loaded.config.limits.model_mb, model.format)
        if (name := changed(folder, model)) is not None:
            raise WorkspaceError(f"{source(model, name)}: changed since it was assessed; run `edgeci assess` again")


def changed(copy: Path, model: ModelFile) -> str | None:
    """The first file that is not what was assessed, by its name in the copy: another content, missing or too many."""
    assessed = digests(model)
    names = {path.relative_to(copy).as_posix() for path in copy.rglob("*") if path.is_symlink() or not path.is_dir()}
    for name in sorted(names | assessed.keys()):
        path = copy / name
        if name not in assessed or path.is_symlink() or not path.is_file() or digest(path) != assessed[name]:
            return name
    return None


def source(model: ModelFile, name: str) -> Path:
    """Where a file of the copy came from."""
    path = Path(model.path)
    if model.format not in FOLDERS and name == MAIN[model.format]:
        return path
    location = next((part.path for part in model.parts if place(part.path, model.format) == name), name)
    return (path if model.format in FOLDERS else path.parent) / location


def digests(model: ModelFile) -> dict[str, str]:
    """Name in the copy -> what its content was. (What an older edgeci assessed names no parts, and has changed.)"""
    main = {} if model.format in FOLDERS else {MAIN[model.format]: model.sha256}
    return main | {place(part.path, model.format): part.sha256 for part in model.parts}
