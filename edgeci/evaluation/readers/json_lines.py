"""Items in lines of JSON, an object each."""

import codecs
from io import BufferedReader
from pathlib import Path

import numpy as np
from pydantic import JsonValue

from edgeci.errors import ConfigError
from edgeci.evaluation.arrays import Array
from edgeci.evaluation.readers.raw import Raw, split
from edgeci.plain_json import parsed_line
from edgeci.types import DataSource


def from_jsonl(stream: BufferedReader, path: Path, source: DataSource) -> Raw:
    """One object a line; its keys hold numbers or texts, or nested lists of one shape. Blank lines hold nothing."""
    rows: list[dict[str, Array]] = []
    first = 0
    for number, line in enumerate(stream.read().removeprefix(codecs.BOM_UTF8).split(b"\n"), start=1):
        if not line.strip():
            continue
        row = parsed_line(line, f"{path}:{number}")
        first = first or number
        if not isinstance(row, dict) or (rows and row.keys() != rows[0].keys()):
            raise ConfigError(f"{path}:{number}: not an object with the keys of line {first}")
        rows.append({key: nested(value, f"{path}:{number}: {key!r}") for key, value in row.items()})
        refuse_different(rows[-1], rows[0], f"{path}:{number}", f"line {first}")
    if not rows:
        raise ConfigError(f"{path}: no lines with items")
    return split({key: np.array([row[key] for row in rows]) for key in rows[0]}, path, source)


def refuse_different(row: dict[str, Array], first: dict[str, Array], where: str, other: str) -> None:
    """One array holds values of one shape, and never numbers and texts: they would all become texts."""
    for key, value in row.items():
        if value.shape != first[key].shape:
            raise ConfigError(
                f"{where}: {key!r} has shape {value.shape}, in {other} {first[key].shape}; pad the items to one shape, "
                "with what the model was trained to ignore"
            )
        if (value.dtype.kind == "U") != (first[key].dtype.kind == "U"):
            raise ConfigError(
                f"{where}: {key!r} is {described(value)}, in {other} {described(first[key])}; make it one"
            )


def described(value: Array) -> str:
    return "text" if value.dtype.kind == "U" else "a number"


def nested(value: JsonValue, what: str) -> Array:
    """Nested lists of numbers, or a text, as an array."""
    try:
        array = np.array(value)
    except ValueError as problem:
        raise ConfigError(f"{what} is a list with rows of different length; pad them to one") from problem
    if array.dtype.kind not in "iufbU":
        raise ConfigError(f"{what} is neither numbers nor text")
    if array.dtype.kind == "U" and not all(isinstance(leaf, str) for leaf in np.array(value, dtype=object).flat):
        raise ConfigError(f"{what} holds numbers and texts")
    return array
