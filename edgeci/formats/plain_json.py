"""Parse JSON that came with a model: an object of bounded size, whose texts can be written down again."""

import json
from pathlib import Path
from typing import Any

from edgeci.errors import InputRejected


def read_object(path: Path, most_bytes: int) -> dict[str, Any]:
    """The object in a file.

    Raises:
        InputRejected: larger than that, or as `parsed`.
    """
    with path.open("rb") as stream:
        content = stream.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise InputRejected(f"{path}: more than {most_bytes} bytes of JSON")
    return parsed(content, str(path))


def parsed(content: bytes, what: str, unique: bool = False) -> dict[str, Any]:
    """The object that `content` is; with `unique`, no key of it or in it may be given twice.

    Raises:
        InputRejected: not UTF-8, not JSON, nested too deeply, no object, or a key is given twice.
    """
    try:
        found = json.loads(content.decode("utf-8"), object_pairs_hook=without_doubles if unique else None)
    except (ValueError, RecursionError) as problem:
        raise InputRejected(f"{what}: not JSON ({str(problem)[:120]})") from problem
    if not isinstance(found, dict):
        raise InputRejected(f"{what}: JSON, but no object")
    return found


def without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is given twice")
    return found


def writable(text: str) -> str:
    """JSON can escape halves of characters, which no file could hold."""
    return text.encode("utf-8", errors="replace").decode("utf-8")
