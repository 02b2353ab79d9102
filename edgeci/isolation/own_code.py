"""This very edgeci for an interpreter that has only a backend's packages."""

import importlib.metadata
from pathlib import Path


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
