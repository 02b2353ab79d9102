"""The symbols that a recognizer knows, in the order of their scores."""

from pathlib import Path

from edgeci.errors import ConfigError, InputRejected
from edgeci.evaluation.data_files import opened_data
from edgeci.types import SymbolSequence


def symbols_of(sequence: SymbolSequence, folder: Path) -> tuple[str, ...]:
    """As they are written in edgeci.yaml, or in a file of a symbol a line; none where none are named.

    Raises:
        ConfigError: both are given, there is no such file, or two symbols are one.
        InputRejected: no text in UTF-8.
    """
    if sequence.symbols is None:
        return distinct(tuple(sequence.letters), "sequence.letters")
    if sequence.letters:
        raise ConfigError("sequence: give either `letters` or `symbols`")
    path = folder / sequence.symbols
    try:
        with opened_data(path) as stream:
            lines = stream.read().decode("utf-8-sig").removesuffix("\n").split("\n")
    except UnicodeDecodeError as problem:
        raise InputRejected(f"{path}: not text in UTF-8 ({problem})") from problem
    return distinct(tuple(line.removesuffix("\r") for line in lines), str(path))


def distinct(symbols: tuple[str, ...], what: str) -> tuple[str, ...]:
    if len(set(symbols)) < len(symbols):
        twice = next(symbol for symbol in symbols if symbols.count(symbol) > 1)
        raise ConfigError(f"{what}: {twice!r} is there twice")
    if "" in symbols:
        raise ConfigError(f"{what}: line {symbols.index('') + 1} is empty; a symbol a line, the blank left out")
    return symbols
