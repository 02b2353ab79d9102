"""What may be shipped: release, verify, render. Deploys nothing."""

import json
import sys
from pathlib import Path

import click

from edgeci import github
from edgeci.commands.options import Options, common, opened, output_options
from edgeci.commands.output import listed, publish


@click.command()
@common
def release(options: Options) -> None:
    """Bundle each target's winner with its evidence and checksums.

    Example: edgeci release
    """
    from edgeci.stages.gate import exit_code
    from edgeci.stages.project import evidence
    from edgeci.stages.release import release as stage
    from edgeci.stages.report import rendered

    with opened(options) as project:
        found = evidence(project)
        releases = stage(project.workspace, project.loaded, found, rendered(found), project.say)
    folders = {item.target.name: str(options.workspace / "release" / item.target.name) for item in releases}
    github.write_outputs({"releases": json.dumps(folders)})
    publish("release", list(releases), options.as_json, listed(folders.values()))
    sys.exit(exit_code(list(found.decisions)))


@click.command()
@click.argument("bundle", type=click.Path(path_type=Path), envvar="EDGECI_VERIFY_BUNDLE")
@output_options
def verify(bundle: Path, as_json: bool, quiet: bool, verbose: bool) -> None:
    """Recompute a release BUNDLE's digests and check its evidence; refuse any changed byte.

    Example: edgeci verify .edgeci/release/cpu
    """
    from edgeci.stages.verify import verify as stage

    found = stage(bundle)
    publish("release", [found], as_json, "" if quiet else listed([f"{bundle}: intact, {found.candidate.recipe.title}"]))


@click.command()
@common
def render(options: Options) -> None:
    """Write deployment manifests for each release. Deploys nothing.

    Example: edgeci render
    """
    from edgeci.records import Workspace
    from edgeci.stages.render import render as stage
    from edgeci.stages.verify import verify as check

    with opened(options) as project:
        folders = [Workspace(options.workspace).release / item.name for item in project.targets]
        releases = [check(folder) for folder in folders if folder.exists()]
        paths = stage(project.workspace, project.loaded, releases, project.say)
    github.write_outputs({"manifests": str(options.workspace / "manifests")})
    publish("release", list(releases), options.as_json, listed(paths))
