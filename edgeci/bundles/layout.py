"""What a release bundle is made of: the names of its files, and how files are read and written without surprises."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from edgeci.errors import InputRejected
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


@contextmanager
def opened(path: Path) -> Iterator[BufferedReader]:
    """A regular file to read; a link, a FIFO or a device is not followed, not waited for, not read.

    Raises:
        InputRejected: not there, not readable or not a regular file.
    """

    def opener(name: str, flags: int) -> int:
        return os.open(name, flags | os.O_NOFOLLOW | os.O_NONBLOCK)

    try:
        stream = open(path, "rb", opener=opener)  # noqa: SIM115 - only open() takes an opener
    except OSError as problem:
        raise rejected(path, f"cannot be read as a regular file: {problem.strerror}") from problem
    with stream:
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            raise rejected(path, "not a regular file")
        yield stream


def read(path: Path, most_bytes: int) -> bytes:
    """A small regular file.

    Raises:
        InputRejected: as `opened`, or larger than allowed.
    """
    with opened(path) as stream:
        content = stream.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise rejected(path, f"larger than {most_bytes} bytes")
    return content


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
