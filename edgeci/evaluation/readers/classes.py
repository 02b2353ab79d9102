"""Which class folder is which index of a model's scores."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TypeGuard

from edgeci.errors import ConfigError
from edgeci.evaluation.data_files import opened_data
from edgeci.plain_json import parsed_value

MOST_BYTES = 2**24
"""Of a class map; names of a million classes take fewer."""


def class_map(path: Path) -> dict[str, int]:
    """Name -> index: a JSON object of these, a JSON list of names, or a text file with a name a line.

    Raises:
        ConfigError: not there, not one of these, or a name or an index given twice.
        InputRejected: not JSON though called so, or no regular file.
    """
    with opened_data(path) as stream:
        content = stream.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise ConfigError(f"{path}: larger than {MOST_BYTES} bytes, which no list of classes is")
    pairs = in_json(content, path) if path.suffix == ".json" else in_lines(content, path)
    for what, values in (("class", [name for name, _ in pairs]), ("index", [index for _, index in pairs])):
        if len(set(values)) < len(values):
            raise ConfigError(f"{path}: {what} {Counter(values).most_common(1)[0][0]!r} is given twice")
    return dict(pairs)


def in_json(content: bytes, path: Path) -> list[tuple[str, int]]:
    value = parsed_value(content, str(path), unique=True)
    given = [(name, index) for index, name in enumerate(value)] if isinstance(value, list) else value
    items = given.items() if isinstance(given, dict) else given if isinstance(given, list) else ()
    pairs = [(name, index) for name, index in items if isinstance(name, str) and is_index(index)]
    if not pairs or len(pairs) < len(items):
        raise ConfigError(f"{path}: must be an object {{name: index}} or a list of names")
    return pairs


def is_index(value: object) -> TypeGuard[int]:
    return type(value) is int and 0 <= value < 2**53


def in_lines(content: bytes, path: Path) -> list[tuple[str, int]]:
    """A blank line at the end is no name."""
    try:
        text = content.decode("utf-8-sig").rstrip()
    except UnicodeDecodeError as problem:
        raise ConfigError(f"{path}: not UTF-8 ({problem})") from problem
    return [(name.strip(), index) for index, name in enumerate(text.split("\n"))]


def by_name(names: Iterable[str], where: Path) -> dict[str, int]:
    """Name -> index, where only the names tell: the number that a name is, or its place in the alphabet.

    Numbers that count from 1 without a gap name classes 0, 1, 2, ...; any others are the indices themselves, so that a
    class without a folder shifts none.

    Raises:
        ConfigError: two names are one number.
    """
    names = sorted(names)
    if not names or not all(name.isascii() and name.isdecimal() for name in names):
        return {name: index for index, name in enumerate(names)}
    numbers = {name: int(name) for name in sorted(names, key=int)}
    if len(set(numbers.values())) < len(names):
        raise ConfigError(
            f"{where}: two class folders are one number; name them apart, or say which is which (`classes`)"
        )
    first = 1 if list(numbers.values()) == list(range(1, len(names) + 1)) else 0
    return {name: number - first for name, number in numbers.items()}


def by_map(names: Iterable[str], classes: dict[str, int], where: Path, source: str) -> dict[str, int]:
    """The part of a class map that has folders.

    Raises:
        ConfigError: a folder that is not in it.
    """
    if strange := sorted(set(names) - classes.keys()):
        raise ConfigError(f"{where}: {strange[0]!r} is no class of {source}; add it there, or move the folder away")
    return {name: index for name, index in sorted(classes.items(), key=lambda pair: pair[1]) if name in set(names)}
