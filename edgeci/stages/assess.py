"""assess: read what the model says about itself and what this machine is. No weights are loaded, nothing is run."""

from collections.abc import Sequence
from pathlib import Path

from edgeci.config import Limits
from edgeci.errors import InputRejected
from edgeci.formats.intake import FOLDERS, open_regular, places, sniff
from edgeci.hardware.facts import facts
from edgeci.isolation.process import ask_once
from edgeci.records import digest, digest_of
from edgeci.stages.project import Project
from edgeci.types import Assessment, Fact, Format, ModelFile

PATIENCE_SECONDS = 60


def assess(project: Project) -> Assessment:
    """Write assessment.json and hardware.json.

    Raises:
        ConfigError: the model is not there.
        InputRejected: it is not what it says, damaged or hostile.
        BackendMissing: a format that this edgeci cannot read.
    """
    path = project.loaded.folder / project.loaded.config.model
    assessment = read_model(path, project.loaded.config.limits)
    project.say(f"{path}: {assessment.parameters:,} parameters, {assessment.model.size_bytes / 1e6:.2f} MB")
    for concern in assessment.concerns:
        project.say(f"concern: {concern.message}")
    project.workspace.write("assessment", [assessment], Assessment)
    project.workspace.write("hardware", facts(), Fact)
    return assessment


def read_model(path: Path, limits: Limits) -> Assessment:
    """What a model says about itself, read in a worker.

    Raises:
        ConfigError, InputRejected, BackendMissing: as `assess`.
    """
    kind = sniff(path, limits.model_mb)
    patience = min(PATIENCE_SECONDS, limits.timeout_seconds)
    found = ask_once(
        "edgeci.isolation.tasks:assess",
        limits.model_copy(update={"timeout_seconds": patience}),
        path=str(path.absolute()),
        kind=kind,
    )
    kind, external = found.pop("format", kind), tuple(found.pop("external"))
    size = sum(size_of(file, limits.model_mb) for file in places(path, external, kind))
    if size > limits.model_mb * 2**20:
        raise InputRejected(
            f"{path}: {size / 2**20:.0f} MB in all, more than limits.model_mb allows ({limits.model_mb})"
        )
    model = ModelFile(
        path=str(path), format=kind, sha256=digest_model(path, external, kind), size_bytes=size, external=external
    )
    return Assessment(model=model, **found)


def digest_model(path: Path, external: Sequence[str], kind: Format) -> str:
    """sha256 of a file; of a folder, that of its `sha256  name` lines, as in checksums.txt."""
    if kind not in FOLDERS:
        return digest(path)
    return digest_of(f"{digest(path / name)}  {name}" for name in sorted(external))


def size_of(path: Path, limit_mb: int) -> int:
    with open_regular(path, limit_mb) as stream:
        return stream.seek(0, 2)
