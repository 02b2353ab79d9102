"""Open evaluation and calibration data: regular files, also behind links, which DVC and Bazel make."""

from io import BufferedReader
from pathlib import Path

from edgeci.errors import ConfigError
from edgeci.regular_files import opened

MOST_BYTES = 2**40
LEFT_BEHIND = frozenset(
    {"$recycle.bin", "@eadir", "__macosx", "desktop.ini", "ehthumbs.db", "lost+found", "system volume information"}
    | {"icon\r", "thumbs.db"}
)
"""What systems leave in folders beside the hidden, in lower case."""


def opened_data(path: Path) -> BufferedReader:
    """A data file, from its beginning.

    Raises:
        ConfigError: not there or not readable.
        InputRejected: a FIFO, a device, a socket, a folder or a Git LFS pointer.
    """
    try:
        return opened(path, MOST_BYTES, follow=True)
    except ConfigError as problem:
        raise ConfigError(f"{problem}; paths start at the folder of edgeci.yaml") from problem


def is_folder(path: Path) -> bool:
    """Whether it is one; what has no name that a system takes is none."""
    try:
        return path.is_dir()
    except OSError:
        return False


def entries(folder: Path) -> list[Path]:
    """What somebody put in a folder, in alphabetical order: nothing hidden, and nothing that a system left there.

    Raises:
        ConfigError: not readable.
    """
    try:
        return sorted(entry for entry in folder.iterdir() if not is_left_behind(entry.name))
    except OSError as problem:
        raise ConfigError(f"{folder}: cannot be read: {problem.strerror}") from problem


def is_left_behind(name: str) -> bool:
    """Such as .DS_Store, ._photo.jpg, .ipynb_checkpoints, Thumbs.db and __MACOSX."""
    return name.startswith(".") or name.lower() in LEFT_BEHIND
