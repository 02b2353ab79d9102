"""The options that commands share, and the project they open."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

import click

from edgeci.commands.output import speaker

if TYPE_CHECKING:
    from edgeci.workbench.project import Project

Command = TypeVar("Command", bound=Callable[..., object])
Own = ParamSpec("Own")
"""What a verb takes besides the common options."""


@dataclass(frozen=True)
class Options:
    """What every verb is told."""

    config: Path
    workspace: Path
    target: tuple[str, ...]
    against: str
    resume: bool
    as_json: bool
    quiet: bool
    verbose: bool


def output_options(command: Command) -> Command:
    command = click.option("--verbose", is_flag=True, help="Say more.")(command)
    command = click.option("--quiet", is_flag=True, help="Say nothing but errors.")(command)
    return click.option("--json", "as_json", is_flag=True, help="Print the records as JSON on standard output.")(
        command
    )


IN_ORDER = (
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
    click.option(
        "--against",
        metavar="REF|BUNDLE|auto|none",
        default="auto",
        show_default=True,
        help="Commit whose gates and data are the law, or release bundle, to measure in the same run; "
        "`auto` is the base of a pull request.",
    ),
    click.option(
        "--resume", is_flag=True, help="Count also what an earlier job on this machine left in the workspace."
    ),
    output_options,
)
"""The options of every verb, as `--help` lists them."""


def common(command: Callable[Concatenate[Options, Own], None]) -> Callable[..., None]:
    """The options every verb has; the command gets them as one `Options`, before its own."""

    @wraps(command)
    def gathered(
        config: Path,
        workspace: Path,
        target: tuple[str, ...],
        against: str,
        resume: bool,
        as_json: bool,
        quiet: bool,
        verbose: bool,
        *arguments: Own.args,
        **own: Own.kwargs,
    ) -> None:
        options = Options(config, workspace, target, against, resume, as_json, quiet, verbose)
        command(options, *arguments, **own)

    return reduce(lambda verb, option: option(verb), reversed(IN_ORDER), gathered)


@contextmanager
def opened(options: Options) -> Iterator["Project"]:
    """The project, with its workspace held."""
    from edgeci.holding import held
    from edgeci.workbench.belonging import refuse_others_workspace
    from edgeci.workbench.law import lawful
    from edgeci.workbench.project import open_project, tracked

    say = speaker(options.quiet, options.verbose)
    project = open_project(options.config, options.workspace, say, options.target, options.resume)
    with held(project.workspace, tracked):
        refuse_others_workspace(project)
        yield lawful(project, options.against)


def evidence_option(command: Command) -> Command:
    """Where the records of other jobs lie, for what judges and shows them."""
    return click.option(
        "--evidence",
        type=click.Path(path_type=Path, file_okay=False),
        multiple=True,
        metavar="FOLDER",
        help="Workspace that another job of this workflow's run left, instead of this one. May be repeated.",
    )(command)
