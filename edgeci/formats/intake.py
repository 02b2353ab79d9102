"""Let a model in: its own files, under names that cannot reach anything else, and none of them through a link.

Opening is safe (`O_NOFOLLOW`, regular file, one link, size cap). Nothing is parsed here: that happens in a worker.
"""

import os
import shutil
import sys
from collections.abc import Sequence
from io import BufferedReader
from pathlib import Path, PurePosixPath

from edgeci.errors import ConfigError, InputRejected
from edgeci.formats.catalogue import CATALOGUE, ROWS
from edgeci.formats.location import check_location
from edgeci.regular_files import opened
from edgeci.types import Format

FOLDERS: tuple[Format, ...] = tuple(row.name for row in ROWS if row.is_folder)
"""Formats whose models are folders."""
MAIN: dict[Format, str] = {row.name: row.main for row in ROWS if row.main is not None}
"""What the main file is called in a private copy."""
SET_MODEL = "set `model` in edgeci.yaml to the model's path"
BESIDE = "it belongs to the model and lies beside it; put it there"
SECOND_LINK = "has a second hard link, so its content is not this repository's alone; copy the file"


def open_regular(path: Path, limit_mb: int, remedy: str = SET_MODEL) -> BufferedReader:
    """Open a plain file for reading.

    Raises:
        ConfigError: not there, or not readable.
        InputRejected: a folder, a link, a device, a Git LFS pointer, a file with a second hard link, or larger than the
            limit.
    """
    if not os.path.lexists(path):
        raise ConfigError(f"{path}: not there; {remedy}")
    stream = opened(path, sys.maxsize)
    if (reason := refusal(os.fstat(stream.fileno()), limit_mb)) is not None:
        stream.close()
        raise InputRejected(f"{path}: {reason}")
    return stream


def refusal(status: os.stat_result, limit_mb: int) -> str | None:
    """What `opened` lets in, and a model may not be."""
    if status.st_size > limit_mb * 2**20:
        return f"{status.st_size / 2**20:.0f} MB, more than limits.model_mb allows ({limit_mb})"
    return SECOND_LINK if status.st_nlink > 1 else None


def place(location: str, kind: Format) -> str:
    """What a file beside the model is called in a private copy."""
    return CATALOGUE[kind].beside or PurePosixPath(location).as_posix()


def places(model: Path, external: Sequence[str], kind: Format) -> dict[Path, str]:
    """Each file of a model, and its place in a private copy.

    Raises:
        InputRejected: as check_location, or a file in the place that the main file gets.
    """
    if kind in FOLDERS:
        return {check_location(name, model / "config.json"): name for name in external}
    beside = {check_location(name, model): place(name, kind) for name in external}
    for path, name in beside.items():
        if path == model or PurePosixPath(name).parts[0].casefold() == MAIN[kind]:
            raise InputRejected(f"{path}: external data of {model.name} under this name; call it {model.name}.data")
    return {model: MAIN[kind], **beside}


def copy_in(model: Path, external: Sequence[str], destination: Path, limit_mb: int, kind: Format = "onnx") -> None:
    """Copy a model with all that belongs to it into a private folder, where nobody can swap it.

    Raises:
        ConfigError, InputRejected: as open_regular and places.
    """
    for source, name in places(model, external, kind).items():
        copy = destination / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        remedy = SET_MODEL if source == model else BESIDE
        with open_regular(source, limit_mb, remedy) as stream, copy.open("wb") as target:
            shutil.copyfileobj(stream, target, 2**20)
