"""Where a worker stands: a folder of its own that goes with it, and what it puts into TMPDIR goes with it too."""

import os
import shutil
import tempfile
from pathlib import Path

FOLDER_PREFIX = "edgeci-worker-"
TEMPORARY = "tmp"
LONGEST_PATH = 104 - len("/pymp-12345678/listener-12345678") - 1
"""A socket's path has 104 bytes on macOS; this is what Python's multiprocessing puts below TMPDIR."""
SHORT = Path("/tmp")  # noqa: S108 - mkdtemp makes a folder of our own in it


def make_folder() -> Path:
    """A new one, after those of workers whose parent is gone have been removed."""
    sweep()
    return Path(tempfile.mkdtemp(prefix=own_prefix()))


def make_temporary(folder: Path) -> Path:
    """What TMPDIR names for a worker: below its folder, or beside it on the same disk where sockets need it shorter."""
    inside = folder / TEMPORARY
    if len(os.fsencode(inside)) > LONGEST_PATH and is_on_the_same_disk(SHORT, folder):
        return Path(tempfile.mkdtemp(prefix=own_prefix(), dir=SHORT))
    inside.mkdir()
    return inside


def is_on_the_same_disk(place: Path, folder: Path) -> bool:
    return os.access(place, os.W_OK | os.X_OK) and place.stat().st_dev == folder.stat().st_dev


def own_prefix() -> str:
    return f"{FOLDER_PREFIX}{os.getpid()}-"


def sweep() -> None:
    """Remove the folders of workers whose parent was killed: the parent's process id is in the name."""
    for place in {Path(tempfile.gettempdir()), SHORT}:
        for folder in place.glob(f"{FOLDER_PREFIX}*-*"):
            owner = folder.name.removeprefix(FOLDER_PREFIX).partition("-")[0]
            if owner.isascii() and owner.isdigit() and not is_running(int(owner)):
                shutil.rmtree(folder, ignore_errors=True)


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # somebody else's
        return True
    return True
