"""Every command that does something, by its words: `gate`, `runner check`. A group by itself does nothing."""

from collections.abc import Iterator

import click

from edgeci.cli import main


def commands() -> dict[str, click.Command]:
    return dict(below(main, ""))


def below(group: click.Group, words: str) -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from below(command, f"{words}{name} ")
        else:
            yield f"{words}{name}", command


def folder(words: str) -> str:
    """The command's folder in actions/."""
    return words.replace(" ", "-")
