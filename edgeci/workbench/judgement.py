"""What the stored samples say, judged anew each time: a stored verdict is a claim that nobody need believe."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edgeci.errors import WorkspaceError
from edgeci.gates.decision import decide
from edgeci.gates.judge import judge
from edgeci.gates.waiving import waived
from edgeci.metrics import METRICS
from edgeci.types import Decision, Evidence, Measurement, Target, Verdict
from edgeci.workbench.project import Project, shown_path
from edgeci.workbench.stored import Stored


@dataclass(frozen=True)
class Judgement:
    """Every verdict, and what ships."""

    verdicts: tuple[Verdict, ...]
    decisions: tuple[Decision, ...]


def judged(project: Project, sources: Sequence[Stored]) -> Judgement:
    """What the gates make of the samples of every target.

    Raises:
        WorkspaceError: a target was not measured, or by another law.
    """
    verdicts: list[Verdict] = []
    decisions: list[Decision] = []
    for target in project.targets:
        source = source_of(target, sources)
        refuse_other_laws(project, target, source)
        own, decision = judged_target(project, target, source)
        verdicts += own
        decisions.append(decision)
    return Judgement(tuple(verdicts), tuple(decisions))


def source_of(target: Target, sources: Sequence[Stored]) -> Stored:
    for source in sources:
        if source.is_of(target.name):
            return source
    folders = ", ".join(str(source.folder) for source in sources)
    raise WorkspaceError(f"{folders}: nothing was planned for target {target.name}; run `edgeci plan` again")


def homes(project: Project, sources: Sequence[Stored]) -> dict[str, Path]:
    """The workspace in which each target's candidates lie."""
    return {target.name: source_of(target, sources).folder for target in project.targets}


def refuse_other_laws(project: Project, target: Target, source: Stored) -> None:
    for measurement in source.measurements:
        if measurement.target == target.name and not is_lawful(project, measurement):
            raise WorkspaceError(
                f"{source.folder}: {target.name} was measured by another law (data, metric, targets, budget or base "
                "differ); run `edgeci benchmark` again"
            )


def is_lawful(project: Project, measurement: Measurement) -> bool:
    """By this law, and in the unit and direction that it gives the metric: of the project's own only it knows them."""
    if measurement.conditions.law != project.law or measurement.metric not in METRICS:
        return False
    meant = project.loaded.config.measured(measurement.metric)
    return (measurement.unit, measurement.better) == (meant.unit, meant.better)


def judged_target(project: Project, target: Target, source: Stored) -> tuple[list[Verdict], Decision]:
    config, gates = project.loaded.config, project.loaded.gates
    candidates = {candidate.recipe.id: candidate for candidate in source.candidates}
    planned = [plan.recipe.id for plan in source.planned if plan.target == target.name]
    chosen = [candidates[name] for name in planned if name in candidates]
    demanded = [demand for demand in gates if demand.target in (None, target.name)]
    verdicts = [
        waived(judge(demand, candidate.recipe.id, target.name, source.measurements), config.waivers)
        for candidate in chosen
        for demand in demanded
    ]
    return verdicts, decide(target, chosen, gates, verdicts, source.measurements, config.preferred)


def evidence(project: Project, sources: Sequence[Stored], judgement: Judgement) -> Evidence:
    """Everything that the reports take."""
    first = sources[0]
    candidates = {candidate.recipe.id: candidate for source in sources for candidate in source.candidates}
    return Evidence(
        config=shown_path(project.source.path),
        assessment=first.assessment,
        hardware=first.hardware,
        elsewhere={
            target.name: source.hardware
            for target in project.targets
            if (source := source_of(target, sources)).hardware != first.hardware
        },
        targets=project.targets,
        candidates=tuple(candidates.values()),
        skipped=tuple(skipped for source in sources for skipped in source.skipped),
        measurements=tuple(measurement for source in sources for measurement in source.measurements),
        verdicts=judgement.verdicts,
        decisions=judgement.decisions,
        changes=project.changes,
    )
