"""replay: judge the stored raw samples again and compare with the stored verdicts, bit for bit."""

from collections.abc import Sequence

from edgeci.errors import InputRejected, WorkspaceError
from edgeci.gates.judge import judge
from edgeci.records import Record, decode, encode
from edgeci.types import Measurement, Verdict
from edgeci.workbench.project import Project


def replay(project: Project) -> list[Verdict]:
    """The verdicts, which are what their samples give. Both are taken as they lie there: this is the test of it.

    Raises:
        InputRejected: a stored verdict differs; it, or the samples, were changed after judging.
        WorkspaceError: `gate` has not run.
    """
    verdicts = lying(project, "verdicts", Verdict, "gate")
    refuse_differing(verdicts, lying(project, "measurements", Measurement, "benchmark"))
    project.say(f"{len(verdicts)} verdicts are what the stored samples give")
    return verdicts


def lying(project: Project, name: str, record: type[Record], made_by: str) -> list[Record]:
    path = project.workspace.folder / f"{name}.json"
    if not path.exists():
        raise WorkspaceError(f"{path}: not there; run `edgeci {made_by}` first")
    return decode(project.workspace.content(path), record, str(path))


def refuse_differing(verdicts: Sequence[Verdict], measurements: Sequence[Measurement]) -> None:
    """Compare as bytes: a number that differs in its last bit was not computed from these samples."""
    for verdict in verdicts:
        again = judge(verdict.gate, verdict.candidate, verdict.target, measurements)
        again = again.model_copy(update={"waiver": verdict.waiver})
        if encode("verdict", [again]) != encode("verdict", [verdict]):
            raise InputRejected(
                f"verdicts.json: {verdict.target}, {verdict.candidate}, {verdict.gate.title} says {verdict.outcome} "
                f"({verdict.reason}); its samples give {again.outcome} ({again.reason})"
            )
