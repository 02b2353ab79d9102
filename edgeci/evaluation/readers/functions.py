"""Items that a function of the project's own returns."""

import importlib
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any

import numpy as np

from edgeci.errors import ConfigError, EdgeciError
from edgeci.evaluation.readers.raw import Raw, plain
from edgeci.types import DataSource

Answer = Sequence[Any]
"""What a function is asked for: inputs by name, labels, slices and, where it has any, clusters. It is not believed."""


def from_function(source: DataSource, folder: Path) -> Raw:
    """Call `module:function`; the module is looked for beside edgeci.yaml too."""
    answer = called(source.python or "", folder)
    try:
        inputs, labels, slices, *clusters = answer
        arrays = {str(key): plain(np.asarray(array)) for key, array in dict(inputs).items()}
        beside = [None if part is None else plain(np.asarray(part)) for part in (labels, slices, *clusters)]
    except (TypeError, ValueError) as problem:
        raise ConfigError(
            f"{source.python}: must return (inputs, labels or None, slices or None): {problem}"
        ) from problem
    if len(beside) > 3:
        raise ConfigError(f"{source.python}: returned {1 + len(beside)} things, at most four are meant")
    return Raw(arrays, *beside[:2], clusters=beside[2] if len(beside) > 2 else None)


def called(function: str, folder: Path) -> Answer:
    """What a function of the project's own returns; it may raise whatever it likes."""
    made: Callable[[], Answer] = imported(function, folder)
    try:
        return made()
    except EdgeciError:
        raise
    except Exception as problem:
        raise ConfigError(f"{function}: raised {type(problem).__name__}: {problem}") from problem


def imported(function: str, folder: Path) -> Any:
    """`module:function`, the module being looked for beside edgeci.yaml too; what it is, only its caller knows.

    Raises:
        ConfigError: no such module or function, or one that fails while it is imported.
    """
    module, _, name = function.partition(":")
    forget_namesake(module.partition(".")[0], folder)
    sys.path.insert(0, str(folder))
    try:
        return getattr(importlib.import_module(module), name)
    except Exception as problem:
        raise ConfigError(f"{function}: cannot be imported from {folder} ({problem})") from problem
    finally:
        sys.path.remove(str(folder))


def forget_namesake(module: str, folder: Path) -> None:
    """A module of this name that came from elsewhere: a base and a change both have their `data.py`."""
    importlib.invalidate_caches()
    meant, loaded = PathFinder.find_spec(module, [str(folder)]), sys.modules.get(module)
    if meant is None or loaded is None or getattr(loaded, "__file__", None) == meant.origin:
        return
    for name in [each for each in sys.modules if each == module or each.startswith(f"{module}.")]:
        del sys.modules[name]
