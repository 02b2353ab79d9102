"""Read what a model says about itself, in a worker, and what its files are by their content."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from edgeci.config import Limits
from edgeci.errors import InputRejected
from edgeci.formats.intake import BESIDE, FOLDERS, check_location, open_regular, places, sniff
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
    kind = sniff(path, limits.model_mb)
    patience = min(PATIENCE_SECONDS, limits.timeout_seconds)
    hurried = limits.model_copy(update={"timeout_seconds": patience})
    worker = Worker(hurried, answer_bytes=LARGEST_ANSWER_BYTES)
    told = ask_once(worker, assess, str(path.absolute()), kind)
    kind, external = told.pop("format", kind), tuple(told.pop("external"))
    size = sum(size_of(file, limits.model_mb) for file in places(path, external, kind))
    if size > limits.model_mb * 2**20:
        raise InputRejected(
            f"{path}: {size / 2**20:.0f} MB in all, more than limits.model_mb allows ({limits.model_mb})"
        )
    home = path / "config.json" if kind in FOLDERS else path
    parts = tuple(described(check_location(name, home), name, limits.model_mb) for name in external)
    sha256 = folder_digest(parts) if kind in FOLDERS else described(path, path.name, limits.model_mb).sha256
    model = ModelFile(path=str(path), format=kind, sha256=sha256, size_bytes=size, external=external, parts=parts)
    if of_kind is not None:
        told["kind"] = of_kind
    return Assessment(model=model, **told)


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
