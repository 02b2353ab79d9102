"""assess: read what the model says about itself and what this machine is. Weights are hashed, not loaded or run."""

from edgeci.hardware.facts import facts
from edgeci.types import Assessment, Fact
from edgeci.workbench.belonging import take_possession
from edgeci.workbench.project import Project
from edgeci.workbench.reading import read_model


def assess(project: Project) -> Assessment:
    """Write assessment.json and hardware.json, and whose workspace it is.

    Raises:
        ConfigError: the model is not there.
        InputRejected: it is not what it says, damaged or hostile.
        BackendMissing: a format that this edgeci cannot read.
    """
    path = project.model_path
    assessment = read_model(path, project.loaded.config.limits, project.loaded.config.kind)
    project.say(f"{path}: {assessment.parameters:,} parameters, {assessment.model.size_bytes / 1e6:.2f} MB")
    for concern in assessment.concerns:
        project.say(f"concern: {concern.message}")
    take_possession(project)
    project.workspace.write("assessment", [assessment], Assessment)
    project.workspace.write("hardware", facts(), Fact)
    return assessment
