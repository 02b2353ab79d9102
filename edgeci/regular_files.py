"""Open what somebody else may have put there: a regular file of bounded size, or one sentence that says what it is.

A FIFO is not waited for, a device is not read, and a file that Git LFS has not fetched is called by its name.
"""

import errno
import os
import stat
from io import BufferedReader
from pathlib import Path

from edgeci.errors import ConfigError, InputRejected

POINTER = b"version https://git-lfs.github.com/spec/"
"""How a Git LFS pointer begins (git-lfs, docs/spec.md)."""
LARGEST_POINTER_BYTES = 1024
NO_FILE = (errno.ENXIO, errno.EOPNOTSUPP)
"""What Linux and macOS say of a socket."""
FETCH_IT = "a Git LFS pointer, not the file itself; run `git lfs pull` (actions/checkout needs `lfs: true`)"


def opened(path: Path, most_bytes: int, follow: bool = False) -> BufferedReader:
    """A regular file to read, from its beginning; a symbolic link only where it may be followed.

    Raises:
        ConfigError: not there, a folder, or not readable.
        InputRejected: a link, a FIFO, a device, a socket, a Git LFS pointer, or larger than that.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | (0 if follow else os.O_NOFOLLOW))
    except FileNotFoundError:
        raise ConfigError(f"{path}: not there") from None
    except (OSError, ValueError) as problem:
        raise refused(path, problem) from problem
    if (reason := irregularity(os.fstat(descriptor), most_bytes)) is not None:
        os.close(descriptor)
        raise InputRejected(f"{path}: {reason}")
    stream = os.fdopen(descriptor, "rb")
    if is_pointer(stream):
        stream.close()
        raise InputRejected(f"{path}: {FETCH_IT}")
    return stream


def read(path: Path, most_bytes: int, follow: bool = False) -> bytes:
    """The bytes of a regular file, however it grows while it is read.

    Raises:
        ConfigError, InputRejected: as opened.
    """
    with opened(path, most_bytes, follow) as stream:
        content = stream.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise InputRejected(f"{path}: larger than {most_bytes} bytes")
    return content


def refused(path: Path, problem: OSError | ValueError) -> ConfigError | InputRejected:
    """Why the system would not open it. (A name with NUL in it is no name: ValueError.)"""
    if isinstance(problem, ValueError):
        return ConfigError(f"{path}: no path: {problem}")
    if problem.errno in NO_FILE:
        return InputRejected(f"{path}: not a regular file")
    try:
        is_link = path.is_symlink()
    except OSError:  # a name that is too long is no link either
        is_link = False
    if is_link:
        return InputRejected(f"{path}: a symbolic link; give the file itself")
    return ConfigError(f"{path}: cannot be opened: {problem.strerror}")


def irregularity(status: os.stat_result, most_bytes: int) -> str | None:
    if stat.S_ISDIR(status.st_mode):
        return "a folder, not a file"
    if not stat.S_ISREG(status.st_mode):
        return "not a regular file"
    return f"{status.st_size} bytes, more than {most_bytes}" if status.st_size > most_bytes else None


def is_pointer(stream: BufferedReader) -> bool:
    """Whether Git LFS would put something else here."""
    head = stream.read(LARGEST_POINTER_BYTES + 1)
    stream.seek(0)
    return len(head) <= LARGEST_POINTER_BYTES and head.startswith(POINTER)
