"""A fault in a model's file, and the one line that comes of it: readers say what is wrong, `naming` says where."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edgeci.errors import InputRejected


class Unsound(Exception):
    """What is wrong, without the file's name."""


@contextmanager
def naming(path: str | Path, kind: str) -> Iterator[None]:
    """Name the file that is being read in whatever fault is met in it.

    Raises:
        InputRejected: a fault was met.
    """
    try:
        yield
    except Unsound as fault:
        raise InputRejected(f"{path}: not a sound {kind}: {fault}") from fault


def shown(name: str | bytes) -> str:
    """A name out of a file, for a sentence: short and on one line. (Protobuf gives bytes where it is not UTF-8.)"""
    return repr(name[:80])
