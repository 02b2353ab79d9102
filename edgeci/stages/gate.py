"""gate: judge the stored measurements. Measures nothing, so it can be run again anywhere with the same answer."""

from collections.abc import Sequence

from edgeci.errors import ExitCode
from edgeci.types import Decision, Verdict
from edgeci.workbench.judgement import Judgement, judged
from edgeci.workbench.project import Project
from edgeci.workbench.stored import Stored


def gate(project: Project, sources: Sequence[Stored]) -> Judgement:
    """Write verdicts.json and decisions.json.

    Raises:
        WorkspaceError: as judged.
    """
    judgement = judged(project, sources)
    for decision in judgement.decisions:
        project.say(f"{decision.target}: {decision.outcome}: {decision.reason}")
    project.workspace.write("verdicts", judgement.verdicts, Verdict)
    project.workspace.write("decisions", judgement.decisions, Decision)
    return judgement


def exit_code(decisions: Sequence[Decision]) -> ExitCode:
    """ "No" before "broken" before "cannot tell" before "yes": the worst target speaks for all."""
    outcomes = {decision.outcome for decision in decisions}
    if "failed" in outcomes:
        return ExitCode.NO
    if "broken" in outcomes or not outcomes:
        return ExitCode.BACKEND_FAILED
    return ExitCode.INCONCLUSIVE if "inconclusive" in outcomes else ExitCode.YES
