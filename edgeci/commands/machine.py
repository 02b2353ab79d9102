"""The machine rather than the model: doctor, its backends, and its fitness as a runner."""

import json
import sys
from pathlib import Path

import click

from edgeci import github
from edgeci.commands.options import output_options
from edgeci.commands.output import publish, speaker
from edgeci.errors import ExitCode


@click.command()
@click.option(
    "--workspace",
    type=click.Path(path_type=Path, file_okay=False),
    default=".edgeci",
    show_default=True,
    help="Folder that the verbs would share.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def doctor(workspace: Path, as_json: bool) -> None:
    """Examine this machine and its backends. Exits 0, or 4 where nothing could run.

    Example: edgeci doctor
    """
    from edgeci.reports.installation import checks as text
    from edgeci.stages.doctor import examine

    checks = examine(workspace)
    publish("check", checks, as_json, text(checks))
    sys.exit(ExitCode.MISSING if any(check.state == "problem" for check in checks) else ExitCode.YES)


@click.group()
def backend() -> None:
    """See and install what makes and runs candidates."""


@backend.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def list_backends(as_json: bool) -> None:
    """Show each backend: installed, missing or unavailable, with versions or the reason.

    Example: edgeci backend list
    """
    from edgeci.reports.installation import backends as text
    from edgeci.workbench.installations import listed

    installed = listed()
    publish("installed", installed, as_json, text(installed))


@backend.command("install")
@click.argument("names", nargs=-1, required=True)
@output_options
def install_backends(names: tuple[str, ...], as_json: bool, quiet: bool, verbose: bool) -> None:
    """Make the environment of each backend NAME, once, and prove that it can be imported there.

    Example: edgeci backend install llama_cpp mlx
    """
    from edgeci.reports.installation import backends as text
    from edgeci.stages.backends import install

    installed = install(names, speaker(quiet, verbose))
    publish("installed", installed, as_json, text(installed))


@click.group()
def runner() -> None:
    """Examine the machine that measures."""


@runner.command()
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    default="edgeci.yaml",
    show_default=True,
    help="Configuration whose gates the runner must serve; without the file, a 5 % regression gate.",
)
@click.option(
    "--workspace",
    type=click.Path(path_type=Path, file_okay=False),
    default=".edgeci",
    show_default=True,
    help="Folder that the verbs share; passport.json is written there.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    default="25",
    show_default=True,
    help="Measure for about so long; more makes the bounds tighter.",
)
@output_options
def check(config: Path, workspace: Path, seconds: float, as_json: bool, quiet: bool, verbose: bool) -> None:
    """Find the smallest regression this machine can tell from noise. Exits 0 usable, 3 not for these gates.

    Example: edgeci runner check
    """
    from edgeci.measuring.passport import objections
    from edgeci.reports.passport import render as text
    from edgeci.stages.runner import check as stage

    passport, gates = stage(config, workspace, seconds, speaker(quiet, verbose))
    reasons = [reason for _, reason in objections(passport, gates)]
    github.write_outputs(
        {
            "resolution": f"{passport.resolution_cpu:.4f}",
            "usable": json.dumps(not reasons),
            "passport": str(workspace / "passport.json"),
        }
    )
    publish("passport", [passport], as_json, text(passport, reasons))
    sys.exit(ExitCode.INCONCLUSIVE if reasons else ExitCode.YES)
