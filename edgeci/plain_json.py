"""Parse JSON that came with a model or with data: of bounded size, whose texts can be written down again."""

import json
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from edgeci.errors import ConfigError, InputRejected
from edgeci.regular_files import read


def read_object(path: Path, most_bytes: int) -> dict[str, Any]:
    """The object in a file.

    Raises:
        InputRejected: larger than that, or as `parsed`.
    """
    return parsed(read(path, most_bytes, follow=True), str(path))


def read_list(path: Path, most_bytes: int) -> list[JsonValue]:
    """The list in a file.

    Raises:
        InputRejected: larger than that, not JSON, or no list.
    """
    value = parsed_value(read(path, most_bytes, follow=True), str(path))
    if not isinstance(value, list):
        raise InputRejected(f"{path}: JSON, but no list")
    return value


def parsed(content: bytes, what: str, unique: bool = False) -> dict[str, JsonValue]:
    """The object that `content` is; with `unique`, no key of it or in it may be given twice.

    Raises:
        InputRejected: not UTF-8, not JSON, nested too deeply, no object, or a key is given twice.
    """
    value = parsed_value(content, what, unique)
    if not isinstance(value, dict):
        raise InputRejected(f"{what}: JSON, but no object")
    return value


def parsed_value(content: bytes, what: str, unique: bool = False) -> JsonValue:
    try:
        value: JsonValue = json.loads(content.decode("utf-8"), object_pairs_hook=without_doubles if unique else None)
    except (ValueError, RecursionError) as problem:
        raise InputRejected(f"{what}: not JSON ({str(problem)[:120]})") from problem
    return value


def without_doubles(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a key is given twice")
    return members


def parsed_line(line: bytes, where: str) -> JsonValue:
    """The value in a line of data.

    Raises:
        ConfigError: not UTF-8, not JSON, nested too deeply, or with half of a character in it.
    """
    try:
        value: JsonValue = json.loads(line.decode("utf-8"))
        if b"\\u" in line:  # only an escape can be half of a character
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as problem:
        raise ConfigError(f"{where}: not JSON ({str(problem)[:120]})") from problem
    return value


def writable(text: str) -> str:
    """JSON can escape halves of characters, which no file could hold."""
    return text.encode("utf-8", errors="replace").decode("utf-8")
