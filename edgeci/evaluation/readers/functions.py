"""Items that a function of the project's own returns."""

import importlib
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from edgeci.errors import ConfigError, EdgeciError
from edgeci.evaluation.readers.raw import Raw, plain
from edgeci.types import DataSource

Answer = tuple[Mapping[str, ArrayLike], ArrayLike | None, ArrayLike | None]
"""What a function is asked for: inputs, labels and slices. It is not believed."""


def from_function(source: DataSource, folder: Path) -> Raw:
    """Call `module:function`; the module is looked for beside edgeci.yaml too."""
    answer = called(source.python or "", folder)
    try:
        inputs, labels, slices = answer
        arrays = {str(key): plain(np.asarray(array)) for key, array in dict(inputs).items()}
        beside = [None if part is None else plain(np.asarray(part)) for part in (labels, slices)]
    except (TypeError, ValueError) as problem:
        raise ConfigError(
            f"{source.python}: must return (inputs, labels or None, slices or None): {problem}"
        ) from problem
    return Raw(arrays, *beside)


def called(function: str, folder: Path) -> Answer:
    """What a function of the project's own returns; it may raise whatever it likes."""
    module, _, name = function.partition(":")
    sys.path.insert(0, str(folder))
    try:
        made: Callable[[], Answer] = getattr(importlib.import_module(module), name)
    except Exception as problem:
        raise ConfigError(f"{function}: cannot be imported from {folder} ({problem})") from problem
    finally:
        sys.path.remove(str(folder))
    try:
        return made()
    except EdgeciError:
        raise
    except Exception as problem:
        raise ConfigError(f"{function}: raised {type(problem).__name__}: {problem}") from problem
