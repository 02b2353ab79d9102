"""Numbers as an OpenVINO IR writes them: texts, each of which may be none, or have thousands of digits."""

from math import prod
from pathlib import Path

from edgeci.errors import InputRejected

MOST_DIMENSIONS = 32
MOST_DIGITS = 19
"""More would make the product of a hostile shape expensive."""


def dimension(size: str) -> int | None:
    """None for what is not known before it runs: `?`, -1, or a range."""
    return int(size) if is_number(size.strip()) else None


def is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS


def elements(shape: str, xml_path: str | Path) -> int:
    """`64,3,3` -> 576; a scalar has an empty shape."""
    sizes = [size.strip() for size in shape.split(",")] if shape.strip() else []
    if not all(is_number(size) for size in sizes) or len(sizes) > MOST_DIMENSIONS:
        raise InputRejected(f"{xml_path}: a constant has the shape {shape[:80]!r}")
    return prod(map(int, sizes))
