"""quickstart: copy the packaged example to a folder of the user's, so nothing is written into the installation."""

import shutil
from importlib.resources import as_file, files
from pathlib import Path

from edgeci.errors import ConfigError
from edgeci.records import explained

MARK = "edgeci.yaml"


def copy_example(folder: Path) -> Path:
    """Copy what is not there yet; return the path of its edgeci.yaml.

    Raises:
        ConfigError: the folder holds something else.
        WorkspaceError: it cannot be written.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise ConfigError(f"{folder}: not empty and not an edgeci example; pass another --folder")
    with explained(folder), as_file(files("edgeci") / "quickstart") as source:
        folder.mkdir(parents=True, exist_ok=True)
        for file in sorted(source.iterdir()):
            if file.suffix != ".py" and file.is_file() and not (folder / file.name).exists():
                shutil.copyfile(file, folder / file.name)
    return folder / MARK
