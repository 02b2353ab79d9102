"""assess: read what the model says about itself and what this machine is. No weights are loaded, nothing is run."""

from pathlib import Path

from edgeci.errors import BackendMissing
from edgeci.formats.intake import check_location, open_regular, sniff
from edgeci.hardware.facts import facts
from edgeci.isolation.process import ask_once
from edgeci.records import digest
from edgeci.stages.project import Project
from edgeci.types import Assessment, Fact, ModelFile

PATIENCE_SECONDS = 60


def assess(project: Project) -> Assessment:
    """Write assessment.json and hardware.json.

    Raises:
        ConfigError: the model is not there.
        InputRejected: it is not what it says, damaged or hostile.
        BackendMissing: a format that this edgeci cannot read.
    """
    path = project.loaded.folder / project.loaded.config.model
    assessment = read_model(path, project)
    project.say(f"{path}: {assessment.parameters:,} parameters, {assessment.model.size_bytes / 1e6:.2f} MB")
    for concern in assessment.concerns:
        project.say(f"concern: {concern.message}")
    project.workspace.write("assessment", [assessment], Assessment)
    project.workspace.write("hardware", facts(), Fact)
    return assessment


def read_model(path: Path, project: Project) -> Assessment:
    limits = project.loaded.config.limits
    kind = sniff(path, limits.model_mb)
    if kind != "onnx":
        raise BackendMissing(f"{path}: {kind} models cannot be read yet; convert the model to ONNX")
    patience = min(PATIENCE_SECONDS, limits.timeout_seconds)
    found = ask_once(
        "edgeci.isolation.tasks:assess",
        limits.model_copy(update={"timeout_seconds": patience}),
        path=str(path.absolute()),
    )
    external = tuple(found.pop("external"))
    size = sum(size_of(file, limits.model_mb) for file in [path, *(check_location(name, path) for name in external)])
    model = ModelFile(path=str(path), format=kind, sha256=digest(path), size_bytes=size, external=external)
    return Assessment(model=model, **found)


def size_of(path: Path, limit_mb: int) -> int:
    with open_regular(path, limit_mb) as stream:
        return stream.seek(0, 2)
