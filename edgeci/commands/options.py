"""The options that commands share, and the project they open."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from edgeci.commands.output import speaker

if TYPE_CHECKING:
    from edgeci.stages.project import Project

Command = TypeVar("Command", bound=Callable[..., Any])


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
