"""What a number or a path in a configuration may be: finite, and of a size that some machine can hold.

The bounds are far above what anybody asks for; beyond them a system, NumPy or a timer gives up in its own way.
"""

import re
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

HALF = re.compile(r"[\ud800-\udfff]")
LARGEST_SINGLE = 3.4e38
LONGEST_PATH = 4096
LONGEST_PART = 255
"""Bytes, on every file system in common use."""

Finite = Annotated[float, Field(allow_inf_nan=False)]
Seconds = Annotated[float, Field(allow_inf_nan=False, gt=0, le=604_800)]
"""A week at most: a timer of more than 24 days overflows."""
Megabytes = Annotated[int, Field(gt=0, le=2**30)]
"""A pebibyte at most: its bytes are a limit that the kernel can hold."""
Tokens = Annotated[int, Field(le=2**24)]
Seed = Annotated[int, Field(ge=0, lt=2**63)]


def single(value: float) -> float:
    """What float32, in which items are prepared, can hold."""
    if abs(value) > LARGEST_SINGLE:
        raise PydanticCustomError("single", "beyond what float32, in which items are prepared, can hold")
    return value


def is_writable(text: str) -> bool:
    """Whether a file can hold it: neither NUL nor half of a character, which JSON and YAML can escape."""
    return "\0" not in text and (text.isascii() or HALF.search(text) is None)


def openable(path: str) -> str:
    """A path that some file could have.

    Raises:
        PydanticCustomError: NUL, half of a character, or a part that is too long for any file system.
    """
    if not is_writable(path):
        raise PydanticCustomError("path", "no file can be called that: NUL or half of a character is in it")
    if any(len(part.encode()) > LONGEST_PART for part in path.split("/")):
        raise PydanticCustomError("path", "no file can be called that: a part is longer than 255 bytes")
    return path


Single = Annotated[Finite, AfterValidator(single)]
FilePath = Annotated[str, Field(min_length=1, max_length=LONGEST_PATH), AfterValidator(openable)]
