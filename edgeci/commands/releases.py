"""What may be shipped: release, verify, render. Deploys nothing."""

import json
import sys
from pathlib import Path

import click

from edgeci import github
from edgeci.commands.options import Options, common, evidence_option, opened, output_options
from edgeci.commands.output import listed, publish


@click.command()
@evidence_option
@common
def release(options: Options, evidence: tuple[Path, ...]) -> None:
    """Bundle each target's winner with its evidence and checksums.

    Example: edgeci release
    """
    from edgeci.stages.gate import exit_code
    from edgeci.stages.release import release as stage
    from edgeci.stages.report import rendered
    from edgeci.workbench.judgement import evidence as gathered
    from edgeci.workbench.judgement import homes, judged
    from edgeci.workbench.stored import stored

    with opened(options) as project:
        sources = stored(project, evidence)
        known = gathered(project, sources, judged(project, sources))
        releases = stage(project, known, homes(project, sources), rendered(known))
    folders = {item.target.name: str(options.workspace / "release" / item.target.name) for item in releases}
    github.write_outputs({"releases": json.dumps(folders)})
    publish("release", list(releases), options.as_json, listed(folders.values()))
    sys.exit(exit_code(known.decisions))


@click.command()
@click.argument("bundle", type=click.Path(path_type=Path), envvar="EDGECI_VERIFY_BUNDLE")
@output_options
def verify(bundle: Path, as_json: bool, quiet: bool, verbose: bool) -> None:
    """Recompute a release BUNDLE's digests and check its evidence; refuse any changed byte.

    Example: edgeci verify .edgeci/release/cpu
    """
    from edgeci.bundles.verification import verify as stage

    released = stage(bundle)
    publish(
        "release",
        [released],
        as_json,
        "" if quiet else listed([f"{bundle}: intact, {released.candidate.recipe.title}"]),
    )


@click.command()
@click.option(
    "--bundle",
    type=click.Path(path_type=Path, file_okay=False),
    multiple=True,
    metavar="FOLDER",
    help="Release bundle that another job made, instead of this workspace's. May be repeated.",
)
@common
def render(options: Options, bundle: tuple[Path, ...]) -> None:
    """Write deployment manifests for each release. Deploys nothing.

    Example: edgeci render
    """
    from edgeci.stages.render import render as stage
    from edgeci.workbench.adoption import adopted

    with opened(options) as project:
        releases = adopted(project, bundle)
        paths = stage(project.workspace, project.loaded, releases, project.say)
    github.write_outputs({"manifests": str(options.workspace / "manifests")})
    publish("release", list(releases), options.as_json, listed(paths))
