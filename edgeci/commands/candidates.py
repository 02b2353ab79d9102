"""From a model to its candidates: assess, plan, explain, optimize. Measures nothing."""

import json

import click

from edgeci import github
from edgeci.commands import door
from edgeci.commands.options import Options, common, opened
from edgeci.commands.output import listed, publish


@click.command()
@common
def assess(options: Options) -> None:
    """Read the model's header and graph, and this machine's facts. Runs nothing.

    Example: edgeci assess --json
    """
    from edgeci.stages.assess import assess as stage

    with opened(options) as project:
        assessment = stage(project)
    github.write_outputs(
        {
            "sha256": assessment.model.sha256,
            "parameters": str(assessment.parameters),
            "concerns": str(len(assessment.concerns)),
        }
    )
    publish("assessment", [assessment], options.as_json)


@click.command()
@click.option("--matrix", is_flag=True, help="Print a GitHub job matrix instead: one job a target, on its runner.")
@common
def plan(options: Options, matrix: bool) -> None:
    """List the recipes worth trying for each target, and what was left out and why.

    Example: edgeci plan --matrix
    """
    from edgeci.stages import plan as stage

    with opened(options) as project:
        jobs = json.dumps(stage.matrix(project))
        if matrix:
            github.write_outputs({"matrix": jobs})
            door.hand_over(jobs)
            return
        planned = stage.plan(project)
    github.write_outputs({"recipes": str(len(planned)), "matrix": jobs})
    titles = listed(f"{item.target}: {item.recipe.title}" for item in planned)
    publish("planned", list(planned), options.as_json, titles)


@click.command()
@common
def explain(options: Options) -> None:
    """Print the decision tree: what is tried in which order, what is rejected, and why.

    Example: edgeci explain --target cpu
    """
    from edgeci.reports.explanation import render as text
    from edgeci.stages.explain import explain as stage

    with opened(options) as project:
        explanations = stage(project)
    tried = {item.target: sum(branch.order is not None for branch in item.branches) for item in explanations}
    github.write_outputs({"recipes": json.dumps(tried)})
    publish("explanation", list(explanations), options.as_json, text(explanations))


@click.command()
@common
def optimize(options: Options) -> None:
    """Make every planned candidate; keep those that load, run, are finite and agree.

    Example: edgeci optimize --target cpu
    """
    from edgeci.stages.optimize import optimize as stage

    with opened(options) as project:
        candidates, skipped = stage(project)
    github.write_outputs({"candidates": str(len(candidates)), "skipped": str(len(skipped))})
    publish("candidate", list(candidates), options.as_json)
