"""The command line: parse, call one stage, publish. Every option is also an environment variable.

`edgeci gate --config x` and `EDGECI_GATE_CONFIG=x edgeci gate` are the same, which is how the actions pass inputs
without a shell ever seeing them. Stages are imported inside the commands, so `--help` stays fast.
"""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from edgeci import __version__, github
from edgeci.errors import EdgeciError, ExitCode

if TYPE_CHECKING:
    from edgeci.stages.project import Project, Say

Command = TypeVar("Command", bound=Callable[..., Any])


class Verbs(click.Group):
    """Commands in the order they are used, and errors as one line with their own exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except EdgeciError as problem:
            complain(str(problem), problem.exit_code)
        except KeyboardInterrupt:
            complain("interrupted; run the same command again to go on", ExitCode.INTERRUPTED)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as problem:
            if ctx.params.get("debug"):
                raise
            complain(
                f"a defect in edgeci ({type(problem).__name__}: {problem}); run `edgeci --debug ...` and report it",
                ExitCode.INTERNAL,
            )


def complain(message: str, code: ExitCode) -> None:
    from edgeci.reports.characters import visible

    for line in message.splitlines():
        click.echo(f"edgeci: {visible(line)}", err=True)
    if github.active():
        from edgeci.reports.annotations import command

        click.echo(command("error", "", None, f"edgeci exit {int(code)}", message))
    sys.exit(code)


def common(command: Command) -> Command:
    """The options every verb has."""
    for option in reversed(
        (
            click.option(
                "--config",
                type=click.Path(path_type=Path, dir_okay=False),
                default="edgeci.yaml",
                show_default=True,
                help="Configuration file; paths in it are relative to its folder.",
            ),
            click.option(
                "--workspace",
                type=click.Path(path_type=Path, file_okay=False),
                default=".edgeci",
                show_default=True,
                help="Folder that the verbs share.",
            ),
            click.option("--target", multiple=True, help="Only this target. May be repeated.", metavar="NAME"),
            output_options,
        )
    ):
        command = option(command)
    return command


def output_options(command: Command) -> Command:
    command = click.option("--verbose", is_flag=True, help="Say more.")(command)
    command = click.option("--quiet", is_flag=True, help="Say nothing but errors.")(command)
    return click.option("--json", "as_json", is_flag=True, help="Print the records as JSON on standard output.")(
        command
    )


@contextmanager
def opened(config: Path, workspace: Path, target: tuple[str, ...], quiet: bool, verbose: bool) -> Iterator["Project"]:
    """The project, with its workspace held."""
    from edgeci.stages.project import open_project

    project = open_project(config, workspace, speaker(quiet, verbose), target)
    with project.workspace.locked():
        yield project


def speaker(quiet: bool, verbose: bool) -> "Say":
    """Progress goes to standard error: lines as they come, details (indented) only when asked for."""
    from edgeci.reports.characters import visible

    def say(message: str) -> None:
        if not quiet and (verbose or not message.startswith("  ")):
            click.echo(visible(message), err=True)

    return say


def publish(kind: str, records: "list[Any]", as_json: bool, text: str = "") -> None:
    """Records as JSON, or the text for people."""
    if as_json:
        from edgeci.records import encode

        click.echo(encode(kind, records).decode(), nl=False)
    elif text:
        click.echo(text)


@click.group(cls=Verbs, context_settings={"auto_envvar_prefix": "EDGECI", "max_content_width": 100})
@click.version_option(__version__, prog_name="edgeci")
@click.option("--debug", is_flag=True, help="Show the traceback of a defect.")
def main(debug: bool) -> None:
    """Treat an edge-AI model like code.

    edgeci reads a model, makes candidates for each target, measures them against the model as it is, and lets only
    what passes its gates be released.
    """


@main.command()
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
        as_json=as_json,
        quiet=quiet,
        verbose=verbose,
        against=None,
    )


@main.command()
@click.argument("model", type=click.Path(path_type=Path))
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default="edgeci.yaml",
    show_default=True,
    help="File to write.",
)
@click.option("--force", is_flag=True, help="Replace the file if it exists.")
def init(model: Path, output: Path, force: bool) -> None:
    """Write a commented edgeci.yaml for MODEL.

    Example: edgeci init model.onnx
    """
    from edgeci.stages.init import init as write_configuration

    click.echo(f"wrote {write_configuration(model, output, force)}; edit `data`, then `edgeci run`", err=True)


@main.command()
def schema() -> None:
    """Print the JSON Schema of edgeci.yaml.

    Example: edgeci schema > edgeci.schema.json
    """
    from edgeci.stages.init import schema as text

    click.echo(text(), nl=False)


@main.command()
@click.option(
    "--against",
    metavar="REF|BUNDLE",
    help="Commit or release bundle to measure in the same run; a commit's gates and data are the law.",
)
@common
def run(
    config: Path,
    workspace: Path,
    target: tuple[str, ...],
    as_json: bool,
    quiet: bool,
    verbose: bool,
    against: str | None,
) -> None:
    """Do all of it: assess, plan, optimize, benchmark, gate, report, release, render.

    Exits with the gates' answer: 0 yes, 1 no, 3 cannot tell.

    Example: edgeci run --against origin/main
    """
    from edgeci.reports import terminal
    from edgeci.stages.run import run as run_all

    with opened(config, workspace, target, quiet, verbose) as project:
        outcome = run_all(project, against)
    releases = {release.target.name: str(workspace / "release" / release.target.name) for release in outcome.releases}
    summarize(outcome.evidence)
    github.write_outputs(verdict_outputs(outcome.evidence, outcome.code) | {"releases": json.dumps(releases)})
    publish("decision", list(outcome.evidence.decisions), as_json, table(outcome.evidence, terminal.render))
    if not as_json and not quiet:
        click.echo(f"report:   {workspace / 'report.html'}")
        for folder in releases.values():
            click.echo(f"release:  {folder}")
        for manifest in sorted({path.parent for path in outcome.manifests}):
            click.echo(f"manifest: {manifest}")
    sys.exit(outcome.code)


@main.command()
@common
def assess(config: Path, workspace: Path, target: tuple[str, ...], as_json: bool, quiet: bool, verbose: bool) -> None:
    """Read the model's header and graph, and this machine's facts. Runs nothing.

    Example: edgeci assess --json
    """
    from edgeci.stages.assess import assess as stage

    with opened(config, workspace, target, quiet, verbose) as project:
        found = stage(project)
    github.write_outputs(
        {"sha256": found.model.sha256, "parameters": str(found.parameters), "concerns": str(len(found.concerns))}
    )
    publish("assessment", [found], as_json)


@main.command()
@click.option("--matrix", is_flag=True, help="Print a GitHub job matrix instead: one job a target, on its runner.")
@common
def plan(
    config: Path,
    workspace: Path,
    target: tuple[str, ...],
    as_json: bool,
    quiet: bool,
    verbose: bool,
    matrix: bool,
) -> None:
    """List the recipes worth trying for each target, and what was left out and why.

    Example: edgeci plan --matrix
    """
    from edgeci.stages import plan as stage

    with opened(config, workspace, target, quiet, verbose) as project:
        jobs = json.dumps(stage.matrix(project))
        if matrix:
            github.write_outputs({"matrix": jobs})
            click.echo(jobs)
            return
        planned = stage.plan(project)
    github.write_outputs({"recipes": str(len(planned)), "matrix": jobs})
    publish("planned", list(planned), as_json, "\n".join(f"{item.target}: {item.recipe.title}" for item in planned))


@main.command()
@common
def explain(config: Path, workspace: Path, target: tuple[str, ...], as_json: bool, quiet: bool, verbose: bool) -> None:
    """Print the decision tree: what is tried in which order, what is rejected, and why.

    Example: edgeci explain --target cpu
    """
    from edgeci.reports.explanation import render as text
    from edgeci.stages.explain import explain as stage

    with opened(config, workspace, target, quiet, verbose) as project:
        found = stage(project)
    tried = {item.target: sum(branch.order is not None for branch in item.branches) for item in found}
    github.write_outputs({"recipes": json.dumps(tried)})
    publish("explanation", list(found), as_json, text(found))


@main.command()
@common
def optimize(config: Path, workspace: Path, target: tuple[str, ...], as_json: bool, quiet: bool, verbose: bool) -> None:
    """Make every planned candidate; keep those that load, run, are finite and agree.

    Example: edgeci optimize --target cpu
    """
    from edgeci.stages.optimize import optimize as stage

    with opened(config, workspace, target, quiet, verbose) as project:
        candidates, skipped = stage(project)
    github.write_outputs({"candidates": str(len(candidates)), "skipped": str(len(skipped))})
    publish("candidate", list(candidates), as_json)


@main.command()
@click.option(
    "--soak",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="Run each candidate this long without a pause and record drift; overrides the configuration.",
)
@common
def benchmark(
    config: Path,
    workspace: Path,
    target: tuple[str, ...],
    as_json: bool,
    quiet: bool,
    verbose: bool,
    soak: float | None,
) -> None:
    """Measure every candidate, interleaved with the baseline, until the gates have their answers.

    Example: edgeci benchmark --verbose
    """
    from edgeci.stages.benchmark import benchmark as stage
    from edgeci.stages.soak import with_soak

    with opened(config, workspace, target, quiet, verbose) as project:
        measurements = stage(project if soak is None else with_soak(project, soak))
    github.write_outputs({"measurements": str(len(measurements))})
    publish("measurement", list(measurements), as_json)


@main.command()
@click.option(
    "--candidate",
    metavar="RECIPE_ID",
    help="Profile this candidate, or `all` of them. Default: the model as it is.",
)
@common
def profile(
    config: Path,
    workspace: Path,
    target: tuple[str, ...],
    as_json: bool,
    quiet: bool,
    verbose: bool,
    candidate: str | None,
) -> None:
    """Find what limits the speed here: computing, memory bandwidth, overhead, or inconsistent times.

    Example: edgeci profile --candidate all
    """
    from edgeci.reports.profile import render as text
    from edgeci.stages.profile import profile as stage

    with opened(config, workspace, target, quiet, verbose) as project:
        profiles = stage(project, candidate or None)
    kinds = {f"{item.target}/{item.candidate}": item.bottleneck.kind for item in profiles}
    github.write_outputs({"bottlenecks": json.dumps(kinds)})
    publish("profile", list(profiles), as_json, text(profiles))


@main.command()
@click.option("--replay", is_flag=True, help="Judge the stored samples again; refuse verdicts that differ in any bit.")
@click.option("--self-test", is_flag=True, help="Let every known saboteur try to pass a bad model; all must be caught.")
@common
def gate(
    config: Path,
    workspace: Path,
    target: tuple[str, ...],
    as_json: bool,
    quiet: bool,
    verbose: bool,
    replay: bool,
    self_test: bool,
) -> None:
    """Judge the measurements. Exits 0 yes, 1 no, 3 cannot tell, 6 broken.

    Example: edgeci gate
    """
    from edgeci.reports import terminal
    from edgeci.stages.gate import exit_code
    from edgeci.stages.gate import gate as stage
    from edgeci.stages.project import evidence
    from edgeci.stages.replay import replay as judge_again

    if self_test:
        try_saboteurs(as_json, quiet, verbose)
    with opened(config, workspace, target, quiet, verbose) as project:
        if replay:
            publish("verdict", list(judge_again(project)), as_json)
            return
        verdicts, decisions = stage(project)
        found = evidence(project)
    code = exit_code(decisions)
    github.write_outputs(verdict_outputs(found, code))
    publish("verdict", list(verdicts), as_json, table(found, terminal.render))
    sys.exit(code)


@main.command()
@common
def report(config: Path, workspace: Path, target: tuple[str, ...], as_json: bool, quiet: bool, verbose: bool) -> None:
    """Write JUnit, Markdown, HTML and SARIF; on GitHub also the job summary and annotations.

    Example: edgeci report
    """
    from edgeci.stages.project import evidence
    from edgeci.stages.report import report as stage

    with opened(config, workspace, target, quiet, verbose) as project:
        paths = stage(project)
        found = evidence(project)
    summarize(found)
    github.write_outputs({path.name.replace(".", "-"): str(path) for path in paths})
    publish("decision", list(found.decisions), as_json)


@main.command()
@common
def release(config: Path, workspace: Path, target: tuple[str, ...], as_json: bool, quiet: bool, verbose: bool) -> None:
    """Bundle each target's winner with its evidence and checksums.

    Example: edgeci release
    """
    from edgeci.stages.gate import exit_code
    from edgeci.stages.project import evidence
    from edgeci.stages.release import release as stage
    from edgeci.stages.report import rendered

    with opened(config, workspace, target, quiet, verbose) as project:
        found = evidence(project)
        releases = stage(project.workspace, project.loaded, found, rendered(found), project.say)
    folders = {item.target.name: str(workspace / "release" / item.target.name) for item in releases}
    github.write_outputs({"releases": json.dumps(folders)})
    publish("release", list(releases), as_json, "\n".join(folders.values()))
    sys.exit(exit_code(list(found.decisions)))


@main.command()
@click.argument("bundle", type=click.Path(path_type=Path), envvar="EDGECI_VERIFY_BUNDLE")
@output_options
def verify(bundle: Path, as_json: bool, quiet: bool, verbose: bool) -> None:
    """Recompute a release BUNDLE's digests and check its evidence; refuse any changed byte.

    Example: edgeci verify .edgeci/release/cpu
    """
    from edgeci.stages.verify import verify as stage

    found = stage(bundle)
    publish("release", [found], as_json, "" if quiet else f"{bundle}: intact, {found.candidate.recipe.title}")


@main.command()
@common
def render(config: Path, workspace: Path, target: tuple[str, ...], as_json: bool, quiet: bool, verbose: bool) -> None:
    """Write deployment manifests for each release. Deploys nothing.

    Example: edgeci render
    """
    from edgeci.records import Workspace
    from edgeci.stages.render import render as stage
    from edgeci.stages.verify import verify as check

    with opened(config, workspace, target, quiet, verbose) as project:
        folders = [Workspace(workspace).release / item.name for item in project.targets]
        releases = [check(folder) for folder in folders if folder.exists()]
        paths = stage(project.workspace, project.loaded, releases, project.say)
    github.write_outputs({"manifests": str(workspace / "manifests")})
    publish("release", list(releases), as_json, "\n".join(map(str, paths)))


@main.command()
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

    found = examine(workspace)
    publish("check", found, as_json, text(found))
    sys.exit(ExitCode.MISSING if any(check.state == "problem" for check in found) else ExitCode.YES)


@main.group()
def backend() -> None:
    """See and install what makes and runs candidates."""


@backend.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def list_backends(as_json: bool) -> None:
    """Show each backend: installed, missing or unavailable, with versions or the reason.

    Example: edgeci backend list
    """
    from edgeci.reports.installation import backends as text
    from edgeci.stages.backends import listed

    found = listed()
    publish("installed", found, as_json, text(found))


@backend.command("install")
@click.argument("names", nargs=-1, required=True)
@output_options
def install_backends(names: tuple[str, ...], as_json: bool, quiet: bool, verbose: bool) -> None:
    """Make the environment of each backend NAME, once, and prove that it can be imported there.

    Example: edgeci backend install llama_cpp mlx
    """
    from edgeci.reports.installation import backends as text
    from edgeci.stages.backends import install

    found = install(names, speaker(quiet, verbose))
    publish("installed", found, as_json, text(found))


@main.group()
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
    from edgeci.reports.passport import render as text
    from edgeci.stages.runner import check as stage
    from edgeci.stages.runner import objections

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


def try_saboteurs(as_json: bool, quiet: bool, verbose: bool) -> NoReturn:
    """Exits 0 when every saboteur was caught."""
    from edgeci.saboteurs.trial import trial

    attempts = trial(speaker(quiet, verbose))
    caught = sum(attempt.caught for attempt in attempts)
    publish("attempt", list(attempts), as_json, f"{caught} of {len(attempts)} saboteurs were caught")
    sys.exit(ExitCode.YES if caught == len(attempts) else ExitCode.INTERNAL)


def verdict_outputs(found: "Any", code: ExitCode) -> dict[str, str]:
    """Step outputs that say how it ended."""
    winners = {decision.target: decision.winner for decision in found.decisions if decision.winner}
    names = {ExitCode.YES: "passed", ExitCode.NO: "failed", ExitCode.INCONCLUSIVE: "inconclusive"}
    return {"outcome": names.get(code, "broken"), "winners": json.dumps(winners)}


def summarize(found: "Any") -> None:
    """On GitHub: the job summary and annotations at the lines of edgeci.yaml."""
    if github.active():
        from edgeci.reports import annotations, markdown

        github.write_summary(markdown.render(found))
        click.echo(annotations.render(found))


def table(found: "Any", render_table: Callable[..., str]) -> str:
    import shutil

    return render_table(found, width=min(140, shutil.get_terminal_size((110, 24)).columns), color=sys.stdout.isatty())


if __name__ == "__main__":
    main()
