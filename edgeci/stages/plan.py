"""plan: which recipes to try for which target. Asks every backend and the strategies, reads the data, runs nothing."""

from typing import Any

from edgeci.planning.choice import (
    for_target,
    other_baseline,
    prior_of,
    refuse_without_baseline,
    refuse_wrong_options,
)
from edgeci.planning.preferences import refuse_unmeasured_preference
from edgeci.planning.strategies import Strategy
from edgeci.types import Assessment, Planned, Skipped
from edgeci.workbench.inspection import inspect_plain_data
from edgeci.workbench.judged_outputs import say_what_is_judged
from edgeci.workbench.project import Project


def plan(project: Project, reads_data: bool = True) -> list[Planned]:
    """Write plan.json, rejected.json with what was left out and why, and strategy.json with what ordered it.

    Not `reads_data` where `optimize` follows at once, which reads them before anything else.

    Raises:
        ConfigError: a method of a recipe has no such option, or not of that value; a metric that means nothing of any
            output, or could be taken of several; a preference for what is not measured; data that cannot be used.
        BackendMissing: for some target no backend can make a baseline.
        WorkspaceError: `assess` has not run.
    """
    refuse_wrong_options(project)
    assessment = project.workspace.read("assessment", Assessment, "assess")[0]
    refuse_unmeasured_preference(project, assessment)
    say_what_is_judged(project, assessment)
    planned: list[Planned] = []
    rejected: list[Skipped] = []
    priors: list[Strategy] = []
    for target in project.targets:
        prior = prior_of(project, assessment, target)
        chosen, left_out = for_target(project, assessment, target, prior)
        refuse_without_baseline(target, chosen, left_out)
        planned += [Planned(target=target.name, recipe=recipe) for recipe in chosen]
        rejected += left_out
        priors.append(prior)
        project.say(f"{target.name}: {len(chosen)} recipes to try, {len(left_out)} left out")
        if (other := other_baseline(target, chosen, left_out)) is not None:
            project.say(other)
        project.say(f"{target.name}: in the order for {prior.title}, {prior.kind}: {prior.source} ({prior.date})")
    if reads_data:
        inspect_plain_data(project, assessment, planned)
    project.workspace.write("plan", planned, Planned)
    project.workspace.write("rejected", rejected, Skipped)
    project.workspace.write("strategy", priors, Strategy)
    return planned


def matrix(project: Project) -> dict[str, Any]:
    """A GitHub job matrix: one job a target, on its runner."""
    return {"include": [{"target": target.name, "runs-on": target.runs_on} for target in project.targets]}
