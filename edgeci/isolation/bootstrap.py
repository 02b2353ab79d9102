"""The first that a worker's interpreter runs: `python -I -B bootstrap.py MODULE FOLDER SEARCH_PATH...`

Isolated (`-I`), Python imports nothing from the folder it stands in, from PYTHONPATH or from where this file lies. What
may be imported besides comes as arguments. It stands behind Python's own modules, so that none is shadowed, and before
installed packages, so that both ends of a worker are the same edgeci.
"""

import importlib
import sys
from pathlib import Path

INSTALLED = ("site-packages", "dist-packages")


def main(module: str, folder: str, *search: str) -> None:
    places = (number for number, entry in enumerate(sys.path) if entry.endswith(INSTALLED))
    first = next(places, len(sys.path))
    sys.path[first:first] = search
    importlib.import_module(module).main(Path(folder))


if __name__ == "__main__":
    main(*sys.argv[1:])
