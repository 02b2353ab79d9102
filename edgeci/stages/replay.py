"""replay: judge the stored raw samples again and compare with the stored verdicts, bit for bit."""

from edgeci.errors import InputRejected
from edgeci.gates.judge import judge
from edgeci.records import encode
from edgeci.stages.project import Project
from edgeci.types import Measurement, Verdict


def replay(project: Project) -> list[Verdict]:
    """The verdicts, which are what their samples give.

    Raises:
        InputRejected: a stored verdict differs; it, or the samples, were changed after judging.
        WorkspaceError: `gate` has not run.
    """
    stored = project.workspace.read("verdicts", Verdict, "gate")
    refuse_differing(stored, project.workspace.read("measurements", Measurement, "benchmark"))
    project.say(f"{len(stored)} verdicts are what the stored samples give")
    return stored


def refuse_differing(stored: list[Verdict], measurements: list[Measurement]) -> None:
    """Compare as bytes: a number that differs in its last bit was not computed from these samples."""
    for verdict in stored:
        again = judge(verdict.gate, verdict.candidate, verdict.target, measurements)
        again = again.model_copy(update={"waiver": verdict.waiver})
        if encode("verdict", [again]) != encode("verdict", [verdict]):
            raise InputRejected(
                f"verdicts.json: {verdict.target}, {verdict.candidate}, {verdict.gate.title} says {verdict.outcome} "
                f"({verdict.reason}); its samples give {again.outcome} ({again.reason})"
            )
