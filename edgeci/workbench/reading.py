"""Read what a model says about itself, in a worker, and what its files are by their content."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from edgeci.config import Limits
from edgeci.errors import InputRejected
from edgeci.formats.answer import Answer, assessed
from edgeci.formats.intake import BESIDE, FOLDERS, open_regular, places
from edgeci.formats.location import check_location
from edgeci.formats.sniffing import sniff
from edgeci.isolation.process import Worker, ask_once
from edgeci.records import digest_of
from edgeci.types import Assessment, File, ModelFile
from edgeci.work.reading import assess
from edgeci.workbench.project import Project

PATIENCE_SECONDS = 60


LARGEST_ANSWER_BYTES = 8 * 2**20
"""What a model says about itself is names and numbers, not weights."""


def assessment_of(project: Project) -> Assessment:
    """What `assess` wrote down, or read now.

    Raises:
        ConfigError, InputRejected, BackendMissing: as read_model.
    """
    known = project.workspace.read_or_empty("assessment", Assessment)
    return (
        known[0] if known else read_model(project.model_path, project.loaded.config.limits, project.loaded.config.kind)
    )


def read_model(path: Path, limits: Limits, of_kind: str | None = None) -> Assessment:
    """What a model says about itself, read in a worker; of another kind than its file can tell, where that is said.

    Raises:
        ConfigError: it is not there.
        InputRejected: it is not what it says, damaged or hostile.
        BackendMissing: a format that this edgeci cannot read.
    """
    patience = min(PATIENCE_SECONDS, limits.timeout_seconds)
    hurried = limits.model_copy(update={"timeout_seconds": patience})
    worker = Worker(hurried, answer_bytes=LARGEST_ANSWER_BYTES)
    answer = ask_once(worker, assess, str(path.absolute()), sniff(path, limits.model_mb))
    assessment = assessed(model_file(path, answer, limits.model_mb), answer)
    return assessment if of_kind is None else assessment.model_copy(update={"kind": of_kind})


def model_file(path: Path, answer: Answer, limit_mb: int) -> ModelFile:
    """The files of a model by their content.

    Raises:
        InputRejected: they are larger than allowed together, or one lies elsewhere.
    """
    size = sum(size_of(file, limit_mb) for file in places(path, answer.external, answer.format))
    if size > limit_mb * 2**20:
        raise InputRejected(f"{path}: {size / 2**20:.0f} MB in all, more than limits.model_mb allows ({limit_mb})")
    is_folder = answer.format in FOLDERS
    home = path / "config.json" if is_folder else path
    parts = tuple(described(check_location(name, home), name, limit_mb) for name in answer.external)
    return ModelFile(
        path=str(path),
        format=answer.format,
        sha256=folder_digest(parts) if is_folder else described(path, path.name, limit_mb).sha256,
        size_bytes=size,
        external=answer.external,
        parts=parts,
    )


def folder_digest(parts: Sequence[File]) -> str:
    """sha256 of the `sha256  name` lines, as in checksums.txt."""
    return digest_of(f"{file.sha256}  {file.path}" for file in sorted(parts, key=lambda file: file.path))


def described(path: Path, name: str, limit_mb: int) -> File:
    """A file of the model by its content."""
    with open_regular(path, limit_mb, BESIDE) as stream:
        return File(path=name, sha256=hashlib.file_digest(stream, "sha256").hexdigest(), size_bytes=stream.tell())


def size_of(path: Path, limit_mb: int) -> int:
    with open_regular(path, limit_mb, BESIDE) as stream:
        return stream.seek(0, 2)
