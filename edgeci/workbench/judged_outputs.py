"""Which of the model's outputs each metric reads, said or refused before anything is made."""

from edgeci.errors import ConfigError
from edgeci.kinds.registry import kind
from edgeci.metrics import is_quality
from edgeci.types import Assessment
from edgeci.workbench.items import asked_of
from edgeci.workbench.project import Project


def say_what_is_judged(project: Project, assessment: Assessment) -> None:
    """
    Raises:
        ConfigError: a metric means nothing of any output, or could be taken of several.
    """
    loaded = project.loaded
    asked = asked_of(project, assessment, loaded.config.data.evaluation)
    lines = {loaded.config.judging: loaded.where(("metric",))}
    for gate in loaded.gates:
        if is_quality(gate.metric):
            lines.setdefault(gate.metric, f"{loaded.path}:{gate.line}")
    for metric, where in lines.items():
        try:
            words = kind(assessment.kind).reads(asked, metric)
        except ConfigError as problem:
            raise ConfigError(f"{where}: {problem}") from problem
        if words:
            project.say(words)
