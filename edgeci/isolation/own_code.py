"""This very edgeci for an interpreter that has only a backend's packages, and what else a worker may import."""

import importlib.metadata
import os
import site
import sys
from pathlib import Path

from edgeci.isolation.surroundings import absolute_entries


def own_search_path(interpreter: str, folder: Path) -> list[str]:
    """Where a worker finds edgeci, and what the caller's PYTHONPATH names by absolute paths.

    Beside edgeci lie this interpreter's other packages, and those are not to be seen by another.
    """
    is_ours = interpreter == sys.executable
    package = Path(__file__).parents[2] if is_ours else link_into(folder / "packages")
    users = [site.getusersitepackages()] if is_ours and site.ENABLE_USER_SITE else []
    return [str(package), *absolute_entries(os.environ.get("PYTHONPATH", "")), *users]


def link_into(folder: Path) -> Path:
    """A folder to import edgeci from, with its entry points and with nothing else of this interpreter.

    Every worker has its own: an environment that several checkouts share knows none of them, so none can go stale
    in it, and both sides of a worker are the same code.
    """
    folder.mkdir()
    distribution = importlib.metadata.distribution("edgeci")
    metadata = Path(str(distribution.locate_file(""))) / f"edgeci-{distribution.version}.dist-info"
    for source in (Path(__file__).parents[1], metadata):
        (folder / source.name).symlink_to(source.resolve(), target_is_directory=True)
    return folder
