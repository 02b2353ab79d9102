r"""The one door: every line that leaves the process, on either stream, leaves it here.

What is said comes from models, configurations, bundles and crashed tools, so it may hold anything. Here it becomes one
line where one is meant, with nothing in it that a CI log or a terminal obeys: no workflow command (`\x3a:error::` is
what is left of one, `##\x5berror]` of the old kind), no escape sequence, no carriage return. GitHub's runner reads both
streams, so both get the same; and a log reads the same on GitHub and off it. Only `annotate` lets commands through.
"""

import os
import re
import sys

import click

from edgeci.reports.characters import inert, inert_inside, inert_json, one_line, visible

PAINT = re.compile(r"\x1b\[[0-9;]*m")
"""How a terminal is told a colour; click takes it away where the output is no terminal."""
ANNOTATION = re.compile(r"::(error|warning|notice) ")


def progress(message: str) -> None:
    """What is going on, on standard error; the indentation of a detail stays."""
    depth = len(message) - len(message.lstrip(" "))
    write(inert(" " * depth + one_line(message)), to_errors=True)


def complain(message: str) -> None:
    """What went wrong, on standard error; each line of it begins with `edgeci: `."""
    for line in message.split("\n"):
        write(inert(f"edgeci: {visible(line)}"), to_errors=True)


def show_usage(text: str) -> None:
    """What click says about a command line that it cannot read, on standard error."""
    for line in text.rstrip("\n").split("\n"):
        write(inert(visible(line)), to_errors=True)


def tell(line: str) -> None:
    """A result on one line, on standard output."""
    write(inert(one_line(line)))


def lay_out(text: str) -> None:
    """What a renderer of `edgeci.reports` laid out in lines and columns, on standard output; it may be painted.

    A renderer puts each value on one line itself: here nobody knows any more which line breaks are its own.
    """
    for line in text.rstrip("\n").split("\n"):
        write(painted(line))


def painted(line: str) -> str:
    """The line with its paint where the text under it is harmless, and the text alone made so where it is not."""
    plain = PAINT.sub("", line)
    safe = inert(visible(plain))
    return line if safe == plain else safe


def hand_over(document: str) -> None:
    """JSON, on standard output: the same values, in UTF-8 whatever the locale says."""
    send(inert_json(document).rstrip("\n").encode())


def annotate(commands: str) -> None:
    """Workflow commands that `edgeci.reports.annotations` made, one a line; a line that is none is told as it is."""
    for line in filter(None, commands.split("\n")):
        write(inert_inside(visible(line)) if ANNOTATION.match(line) else inert(one_line(line)))


def write(safe: str, to_errors: bool = False) -> None:
    """A line, with escapes for what the stream's encoding lacks."""
    stream = sys.stderr if to_errors else sys.stdout
    encoding = getattr(stream, "encoding", None) or "utf-8"
    send(safe.encode(encoding, "backslashreplace").decode(encoding), to_errors)


def send(content: str | bytes, to_errors: bool = False) -> None:
    """Where nobody reads any more (`| head`, a closed terminal), the work goes on; its exit code says how it ended."""
    try:
        click.echo(content, err=to_errors)
    except OSError as problem:
        if not to_errors and not isinstance(problem, BrokenPipeError):
            raise  # a full disk: the result is lost, and that is no success
        close((sys.stderr if to_errors else sys.stdout).fileno())


def close(descriptor: int) -> None:
    """Let the rest go nowhere; else Python would fail at its end, with an exit code of its own."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
