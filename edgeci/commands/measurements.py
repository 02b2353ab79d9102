"""How fast and how good: benchmark, and profile for the reason. Judges nothing."""

import json

import click

from edgeci import github
from edgeci.commands.options import Options, common, opened
from edgeci.commands.output import publish


@click.command()
@click.option(
    "--soak",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="Run each candidate this long without a pause and record drift; overrides the configuration.",
)
@common
def benchmark(options: Options, soak: float | None) -> None:
    """Measure every candidate, interleaved with the baseline, until the gates have their answers.

    Example: edgeci benchmark --verbose
    """
    from edgeci.stages.against import opponents
    from edgeci.stages.benchmark import benchmark as stage

    with opened(options) as project:
        measurements = stage(project if soak is None else project.with_soak(soak), opponents(project))
    github.write_outputs({"measurements": str(len(measurements))})
    publish("measurement", list(measurements), options.as_json)


@click.command()
@click.option(
    "--candidate",
    metavar="RECIPE_ID",
    help="Profile this candidate, or `all` of them. Default: the model as it is.",
)
@common
def profile(options: Options, candidate: str | None) -> None:
    """Find what limits the speed here: computing, memory bandwidth, overhead, or inconsistent times.

    Example: edgeci profile --candidate all
    """
    from edgeci.reports.profile import render as text
    from edgeci.stages.profile import profile as stage

    with opened(options) as project:
        profiles = stage(project, candidate or None)
    kinds = {f"{item.target}/{item.candidate}": item.bottleneck.kind for item in profiles}
    github.write_outputs({"bottlenecks": json.dumps(kinds)})
    publish("profile", list(profiles), options.as_json, text(profiles))
