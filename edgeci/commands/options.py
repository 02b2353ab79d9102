"""The options that commands share, and the project they open."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from edgeci.commands.output import speaker

if TYPE_CHECKING:
    from edgeci.stages.project import Project

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True)
class Options:
    """What every verb is told."""

    config: Path
    workspace: Path
    target: tuple[str, ...]
    as_json: bool
    quiet: bool
    verbose: bool


def common(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options every verb has; the command gets them as one `Options`, before its own."""

    @wraps(command)
    def gathered(
        config: Path,
        workspace: Path,
        target: tuple[str, ...],
        as_json: bool,
        quiet: bool,
        verbose: bool,
        **own: Any,
    ) -> Any:
        return command(Options(config, workspace, target, as_json, quiet, verbose), **own)

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
        gathered = option(gathered)
    return gathered


def output_options(command: Command) -> Command:
    command = click.option("--verbose", is_flag=True, help="Say more.")(command)
    command = click.option("--quiet", is_flag=True, help="Say nothing but errors.")(command)
    return click.option("--json", "as_json", is_flag=True, help="Print the records as JSON on standard output.")(
        command
    )


@contextmanager
def opened(options: Options) -> Iterator["Project"]:
    """The project, with its workspace held."""
    from edgeci.stages.project import open_project

    say = speaker(options.quiet, options.verbose)
    project = open_project(options.config, options.workspace, say, options.target)
    with project.workspace.locked():
        yield project
