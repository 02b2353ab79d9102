"""The workspace's own copy of the model: workers read it, so the bytes that are measured are those assessed."""

from pathlib import Path

from edgeci.errors import WorkspaceError
from edgeci.formats.intake import FOLDERS, copy_in
from edgeci.records import digest
from edgeci.stages.assess import digest_model
from edgeci.stages.project import Project, private_model
from edgeci.types import Assessment, ModelFile


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
