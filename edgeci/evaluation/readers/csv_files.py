"""Items in a CSV table, as spreadsheets, sensors and pandas write them."""

import csv
from collections.abc import Iterator
from io import BufferedReader, TextIOWrapper
from itertools import chain
from pathlib import Path

from edgeci.errors import ConfigError, InputRejected
from edgeci.evaluation.readers.cells import Cells
from edgeci.evaluation.readers.raw import Raw
from edgeci.evaluation.readers.tables import dealt
from edgeci.types import DataSource

SEPARATORS = ";\t,|"
"""The one that makes most columns of the header counts, of equals the first."""


def from_csv(stream: BufferedReader, path: Path, source: DataSource) -> Raw:
    """A header, and numbers or texts under it; what a column is called, `dealt` makes of it."""
    text = TextIOWrapper(stream, newline="", encoding="utf-8-sig")
    line = 0
    try:
        opening = beginning(text)
        separator = separator_of(opening[-1], source)
        reader = csv.reader(chain(opening, text), delimiter=separator, strict=True)
        rows = [(line := reader.line_num, row) for row in reader if row]
    except (csv.Error, OSError, UnicodeDecodeError) as problem:
        raise InputRejected(f"{path}:{line + 1}: not CSV in UTF-8 ({problem})") from problem
    return dealt(table(rows, separator, path), path, source)


def beginning(text: Iterator[str]) -> list[str]:
    """Lines up to the header; the last one is it, and empty where the file is."""
    lines = [""]
    for line in text:
        lines.append(line)
        if line.strip():
            break
    return lines[1:] or lines


def separator_of(header: str, source: DataSource) -> str:
    """What stands between the columns; where one makes the labels a column, that."""
    columns = {each: next(csv.reader([header], delimiter=each), []) for each in SEPARATORS}
    return max(SEPARATORS, key=lambda each: (source.labels in columns[each], len(columns[each])))


def table(rows: list[tuple[int, list[str]]], separator: str, path: Path) -> Cells:
    """The cells by column.

    Raises:
        ConfigError: no rows, a row of another length than the header, or columns of one name or of none.
    """
    header = [name.strip() for name in rows[0][1]] if rows else []
    filled = [(line, row) for line, row in rows[1:] if len(header) == 1 or any(row)]
    if not filled:
        raise ConfigError(f"{path}: no rows under the header")
    refuse_header(header, f"{path}:{rows[0][0]}")
    for line, row in filled:
        if len(row) != len(header):
            amount = "more" if len(row) > len(header) else "fewer"
            raise ConfigError(f"{path}:{line}: {amount} values than the header has columns, split at {separator!r}")
    columns = zip(*(row for _, row in filled), strict=True)
    return Cells(dict(zip(header, columns, strict=True)), tuple(line for line, _ in filled), separator, path)


def refuse_header(header: list[str], where: str) -> None:
    if len(set(header)) < len(header):
        raise ConfigError(f"{where}: two columns have one name")
    if "" in header:
        raise ConfigError(
            f"{where}: column {header.index('') + 1} has no name; name it, or leave it out (pandas: `index=False`)"
        )
