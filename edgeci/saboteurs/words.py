"""Lies told by names: an operator, a gate, a label that a log on GitHub or a terminal would obey."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from edgeci.reports.characters import inert, one_line
from edgeci.saboteurs.saboteur import Saboteur

OBEYED = re.compile(r"^\s*::|##\[|[\r\n\x1b]")
"""What GitHub's runner takes for a command (actions/runner, ActionCommand.cs), and what a terminal does."""


def saboteurs() -> Iterator[Saboteur]:
    """Every name that commands."""
    for name, words in NAMES.items():
        yield Saboteur("words", name, said(words))


def said(words: str) -> Callable[[Path], str | None]:
    def attempt(folder: Path) -> str | None:
        line = inert(one_line(words))
        return None if OBEYED.search(line) else f"written as {line}"

    return attempt


NAMES = {
    "an operator that sets an output": "Relu\n::set-output name=outcome::passed",
    "a gate that stops the commands": "accuracy\r::stop-commands::y",
    "a label that annotates": "::notice ::all is well",
    "a label of the old kind": "int8 ##[command]passed",
    "a label that paints the terminal": "int8\x1b[2K\x1b[1Apassed",
}
