"""docs/verbs.md from the command line's own help."""

from collections.abc import Iterator

import click

from edgeci.cli import main
from tools.commands import commands

WIDTH = 100
HEAD = """\
# Verbs

Generated from the command line's help by `python -m tools.reference_pages`.

Every option is also an environment variable: `edgeci gate --config x` and `EDGECI_GATE_CONFIG=x edgeci gate` are the
same. What the exit status means is in [exit-codes.md](exit-codes.md), what the words mean in
[concepts.md](concepts.md).
"""


def help_text(command: click.Command, path: str, parent: click.Context | None = None) -> str:
    """As `--help` prints it on a terminal of that width."""
    return command.get_help(click.Context(command, parent, path, terminal_width=WIDTH, max_content_width=WIDTH))


def sections() -> Iterator[str]:
    root = click.Context(main, info_name="edgeci")
    yield f"## edgeci\n\n```text\n{help_text(main, 'edgeci')}\n```"
    for name, command in commands().items():
        yield f"## {name}\n\n```text\n{help_text(command, name, root)}\n```"


def page() -> str:
    return "\n\n".join([HEAD.strip(), *sections()]) + "\n"
