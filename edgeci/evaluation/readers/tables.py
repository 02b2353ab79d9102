"""Items in text: a CSV table, or an object a line."""

import csv
from io import BufferedReader, TextIOWrapper
from pathlib import Path

import numpy as np
from pydantic import JsonValue

from edgeci.errors import ConfigError, InputRejected
from edgeci.evaluation.arrays import Array
from edgeci.evaluation.readers.raw import Raw, split
from edgeci.plain_json import parsed_line
from edgeci.types import DataSource

Lines = list[tuple[int, dict[str, str]]]
"""The number of a row's last line, and its cells by column."""


def from_csv(stream: BufferedReader, path: Path, source: DataSource) -> Raw:
    """Numeric columns with a header. Without `inputs`, all but labels and slices form one (n, columns) input."""
    rows: Lines = []
    reader = csv.DictReader(TextIOWrapper(stream, newline="", encoding="utf-8-sig"), strict=True, restkey="")
    try:
        for row in reader:
            if len(row) > len(reader.fieldnames or ()):
                raise ConfigError(f"{path}:{reader.line_num}: more values than the header has columns")
            rows.append((reader.line_num, row))
    except (csv.Error, OSError, UnicodeDecodeError) as problem:
        raise InputRejected(f"{path}:{reader.line_num + 1}: not CSV in UTF-8 ({problem})") from problem
    if not rows:
        raise ConfigError(f"{path}: no rows under the header")
    header = list(rows[0][1])
    if len(header) < len(reader.fieldnames or ()):
        raise ConfigError(f"{path}:1: two columns have one name")
    names = [name for name in header if name not in (source.labels, source.slices)]
    groups = {key: key.split(",") for key in source.inputs.values()} or {path.stem: names}
    arrays = {key: numbers(rows, columns, path) for key, columns in groups.items()}
    if source.labels in header:
        arrays[source.labels] = numbers(rows, [source.labels], path)[:, 0]
    if source.slices is not None and source.slices in header:
        arrays[source.slices] = np.array([str(row[source.slices]) for _, row in rows])
    return split(arrays, path, source)


def numbers(rows: Lines, columns: list[str], path: Path) -> Array:
    """(n, columns) float64; an error names the line (the header is line 1)."""
    values = np.empty((len(rows), len(columns)))
    for index, (line, row) in enumerate(rows):
        try:
            values[index] = [float(row[column]) for column in columns]
        except KeyError as problem:
            raise ConfigError(f"{path}:1: no column {problem.args[0]!r}") from problem
        except (TypeError, ValueError) as problem:
            raise ConfigError(f"{path}:{line}: not a number in columns {', '.join(columns)}") from problem
    return values


def from_jsonl(stream: BufferedReader, path: Path, source: DataSource) -> Raw:
    """One object a line; its keys hold numbers or nested lists of one shape."""
    rows: list[dict[str, Array]] = []
    for number, line in enumerate(stream.read().removesuffix(b"\n").split(b"\n"), start=1):
        row = parsed_line(line, f"{path}:{number}")
        if not isinstance(row, dict) or (rows and row.keys() != rows[0].keys()):
            raise ConfigError(f"{path}:{number}: not an object with the keys of line 1")
        rows.append({key: nested(value, f"{path}:{number}: {key!r}") for key, value in row.items()})
        for key, value in rows[-1].items():
            if value.shape != rows[0][key].shape:
                raise ConfigError(f"{path}:{number}: {key!r} has shape {value.shape}, in line 1 {rows[0][key].shape}")
    return split({key: np.array([row[key] for row in rows]) for key in rows[0]}, path, source)


def nested(value: JsonValue, what: str) -> Array:
    """Nested lists of numbers, or a text, as an array."""
    try:
        array = np.array(value)
    except ValueError as problem:
        raise ConfigError(f"{what} is a list with rows of different length") from problem
    if array.dtype.kind not in "iufbU":
        raise ConfigError(f"{what} is neither numbers nor text")
    return array
