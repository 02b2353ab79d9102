"""Read the rows of a text file or of JSON lines; what a row may be is said by who wants them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from types import UnionType
from typing import Any

from edgeci.errors import ConfigError, InputRejected
from edgeci.evaluation.data_files import opened_data
from edgeci.evaluation.harness_rows import translated
from edgeci.plain_json import parsed_line
from edgeci.types import DataSource

Row = dict[str, Any]


@dataclass(frozen=True)
class Kinds:
    """What a row may be: the keys of each kind with the types of their values, and all of it in words."""

    keys: Sequence[Mapping[str, type | UnionType]]
    words: str

    @property
    def known(self) -> set[str]:
        return set().union(*self.keys)

    def keys_of(self, row: object) -> set[str]:
        """The keys of every kind that a row is; of the others nothing is read, whatever they hold."""
        if not isinstance(row, dict):
            return set()
        return {key for kind in self.keys if is_kind(row, kind) for key in kind}

    def complaint(self, row: object) -> str:
        """What a row of no kind should have been, and what it is."""
        if not isinstance(row, dict):
            return f"give {self.words}; this is no object"
        for kind in self.keys:
            wrong = [key for key in kind if not isinstance(row.get(key), kind[key])]
            if kind.keys() <= row.keys():
                return f"give {self.words}; `{wrong[0]}` is {repr(row[wrong[0]])[:60]}"
        return f"give {self.words}; this has {', '.join(f'`{key[:40]}`' for key in list(row)[:8]) or 'nothing'}"


def is_kind(row: Row, kind: Mapping[str, type | UnionType]) -> bool:
    return all(isinstance(row.get(key), expected) for key, expected in kind.items())


def read_rows(source: DataSource, folder: Path, kinds: Kinds) -> list[tuple[str, Row]]:
    """Where each row stands, and the row; a .txt file is one row, a blank line none. At most `source.limit`.

    Raises:
        ConfigError: missing or empty file, unknown kind of file, a line that is no row.
        InputRejected: no regular file, or not text in UTF-8.
    """
    path, content = read_text(source, folder)
    if path.suffix == ".txt":
        return [(str(path), {"text": content})]
    rows = list(lines(content, path, kinds, source))
    return rows if source.limit is None else rows[: source.limit]


def read_text(source: DataSource, folder: Path) -> tuple[Path, str]:
    if source.path is None:
        raise ConfigError("data of a model of text comes from a path: a .txt or .jsonl file")
    path = folder / source.path
    if path.suffix not in (".txt", ".jsonl"):
        raise ConfigError(f"{path}: data of a model of text is a .txt or .jsonl file")
    try:
        with TextIOWrapper(opened_data(path), encoding="utf-8-sig") as stream:
            content = stream.read()
    except (OSError, UnicodeDecodeError) as problem:
        raise InputRejected(f"{path}: not text in UTF-8 ({problem})") from problem
    if not content.strip():
        raise ConfigError(f"{path}: no items")
    return path, content


def lines(content: str, path: Path, kinds: Kinds, source: DataSource) -> Iterator[tuple[str, Row]]:
    for number, line in enumerate(content.removesuffix("\n").split("\n"), start=1):
        if line.strip():
            yield f"{path}:{number}", checked_row(line, f"{path}:{number}", kinds, source)


def checked_row(line: str, where: str, kinds: Kinds, source: DataSource) -> Row:
    row = translated(parsed_line(line.encode("utf-8"), where))
    keys = kinds.keys_of(row)
    if not isinstance(row, dict) or not keys:
        raise ConfigError(f"{where}: {kinds.complaint(row)}")
    kept: Row = {key: row[key] for key in keys}
    for what, name in (("slices", source.slices), ("cluster", source.cluster)):
        if name is None or "text" in kept:
            continue
        if name not in row or name in kinds.known - keys:
            raise ConfigError(f"{where}: no {name!r}, which data.evaluation.{what} names")
        kept.setdefault(name, row[name])
    return kept
