"""All verbs at once: on a project, and on the packaged example."""

import json
import sys
from pathlib import Path

import click

from edgeci import github
from edgeci.commands import door
from edgeci.commands.options import Options, common, opened, output_options
from edgeci.commands.output import publish, summarize, table, verdict_outputs


@click.command()
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default="edgeci-quickstart",
    show_default=True,
    help="Where to copy the example.",
)
@output_options
def quickstart(folder: Path, as_json: bool, quiet: bool, verbose: bool) -> None:
    """Run everything on the packaged example: a small image classifier.

    Example: edgeci quickstart
    """
    from edgeci.stages.quickstart import copy_example

    config = copy_example(folder)
    click.get_current_context().invoke(
        run,
        config=config,
        workspace=folder / ".edgeci",
        target=(),
        against="none",
        resume=False,
        as_json=as_json,
        quiet=quiet,
        verbose=verbose,
    )


@click.command()
@common
def run(options: Options) -> None:
    """Do all of it: assess, plan, optimize, benchmark, gate, report, release, render.

    Exits with the gates' answer: 0 yes, 1 no, 3 cannot tell.

    Example: edgeci run --against origin/main
    """
    from edgeci.reports import terminal
    from edgeci.stages.run import run as run_all

    with opened(options) as project:
        outcome = run_all(project)
    releases = {
        release.target.name: str(options.workspace / "release" / release.target.name) for release in outcome.releases
    }
    summarize(outcome.evidence)
    github.write_outputs(verdict_outputs(outcome.evidence, outcome.code) | {"releases": json.dumps(releases)})
    publish("decision", list(outcome.evidence.decisions), options.as_json, table(outcome.evidence, terminal.render))
    if not options.as_json and not options.quiet:
        door.tell(f"report:   {options.workspace / 'report.html'}")
        for folder in releases.values():
            door.tell(f"release:  {folder}")
        for manifest in sorted({path.parent for path in outcome.manifests}):
            door.tell(f"manifest: {manifest}")
    sys.exit(outcome.code)
