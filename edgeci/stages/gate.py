"""gate: judge the stored measurements. Measures nothing, so it can be run again anywhere with the same answer."""

from edgeci.errors import ExitCode
from edgeci.gates.decision import decide
from edgeci.gates.judge import judge
from edgeci.gates.waiving import waived
from edgeci.stages.project import Project
from edgeci.types import Candidate, Decision, Measurement, Planned, Verdict


def gate(project: Project) -> tuple[list[Verdict], list[Decision]]:
    """Write verdicts.json and decisions.json.

    Raises:
        WorkspaceError: `benchmark` has not run.
    """
    workspace = project.workspace
    planned = workspace.read("plan", Planned, "plan")
    candidates = {found.recipe.id: found for found in workspace.read("candidates", Candidate, "optimize")}
    measurements = workspace.read("measurements", Measurement, "benchmark")
    gates = project.loaded.gates
    verdicts: list[Verdict] = []
    decisions: list[Decision] = []
    for target in project.targets:
        chosen = [
            candidates[plan.recipe.id]
            for plan in planned
            if plan.target == target.name and plan.recipe.id in candidates
        ]
        demanded = [demand for demand in gates if demand.target in (None, target.name)]
        judged = [
            waived(judge(demand, candidate.recipe.id, target.name, measurements), project.loaded.config.waivers)
            for candidate in chosen
            for demand in demanded
        ]
        verdicts += judged
        decisions.append(decide(target, chosen, gates, judged, measurements, project.loaded.config.prefer))
        project.say(f"{target.name}: {decisions[-1].outcome}: {decisions[-1].reason}")
    workspace.write("verdicts", verdicts, Verdict)
    workspace.write("decisions", decisions, Decision)
    return verdicts, decisions


def exit_code(decisions: list[Decision]) -> ExitCode:
    """ "No" before "broken" before "cannot tell" before "yes": the worst target speaks for all."""
    outcomes = {decision.outcome for decision in decisions}
    if "failed" in outcomes:
        return ExitCode.NO
    if "broken" in outcomes or not outcomes:
        return ExitCode.BACKEND_FAILED
    return ExitCode.INCONCLUSIVE if "inconclusive" in outcomes else ExitCode.YES
