"""What a release bundle is made of: the names of its files, and how files are read and written without surprises."""

import sys
from io import BufferedReader
from pathlib import Path

from edgeci import regular_files
from edgeci.errors import ConfigError, InputRejected
from edgeci.reports.characters import one_line

CHECKSUMS = "checksums.txt"
"""The one subject: it covers every other file, so signing it signs the bundle."""
RECORD = "edgeci.json"
CONFIGURATION = "edgeci.yaml"
NOTICE = "NOTICE"
MODEL = "model"
REPORTS = "reports"


def rejected(path: Path, reason: str) -> InputRejected:
    return InputRejected(one_line(f"{path}: {reason}"))


def is_plain(name: str) -> bool:
    """A relative path that stays inside its folder and means the same to `sha256sum -c` as to us."""
    parts = name.split("/")
    return name.isprintable() and "\\" not in name and not any(part in ("", ".", "..") for part in parts)


def opened(path: Path) -> BufferedReader:
    """A regular file to read; a link, a FIFO or a device is not followed, not waited for, not read.

    Raises:
        InputRejected: not there, not readable or not a regular file.
    """
    try:
        return regular_files.opened(path, sys.maxsize)
    except (ConfigError, InputRejected) as problem:
        raise InputRejected(one_line(str(problem))) from problem


def read(path: Path, most_bytes: int) -> bytes:
    """A small regular file.

    Raises:
        InputRejected: as `opened`, or larger than allowed.
    """
    try:
        return regular_files.read(path, most_bytes)
    except (ConfigError, InputRejected) as problem:
        raise InputRejected(one_line(str(problem))) from problem


def write(folder: Path, name: str, content: bytes) -> None:
    """Write a file below a folder, readable by everybody whatever the umask, because a container's user reads it.

    Raises:
        InputRejected: the name leads out of the folder or cannot be listed in checksums.txt.
    """
    path = place(folder, name)
    path.write_bytes(content)
    path.chmod(0o644)


def place(folder: Path, name: str) -> Path:
    """The path of a file to write, its folders made."""
    if not is_plain(name):
        raise rejected(folder, f"file name {name!r} is not a plain relative path")
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    for parent in path.relative_to(folder).parents[:-1]:
        (folder / parent).chmod(0o755)
    return path
