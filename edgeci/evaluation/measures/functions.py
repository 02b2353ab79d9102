"""Whatever a function of the project's own makes of an item: `metric: {python: module:function, better: higher}`."""

import functools
import hashlib
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from edgeci.accidents import is_accident
from edgeci.errors import ConfigError
from edgeci.evaluation.arrays import Array
from edgeci.evaluation.measures.taken import Taken
from edgeci.evaluation.readers.functions import imported
from edgeci.evaluation.samples import Samples
from edgeci.metrics import Metric
from edgeci.types import Items

Scorer = Callable[[Mapping[str, Array], object], float]
"""Of an item: its outputs by name (without the batch dimension) and its label, a text where labels are names."""


def take(metric: Metric, given: Sequence[Array], label: Array | None, items: Samples, asked: Items) -> Taken:
    """
    Raises:
        ConfigError: the function fails, or does not return one number.
    """
    names = [output.name for output in asked.outputs] or [str(place) for place in range(len(given))]
    meant: object = items.classes[int(label)] if items.classes and label is not None else label
    score = scorer(metric.name, asked.folder)
    try:
        return Taken(float(score(dict(zip(names, given, strict=True)), meant)))
    except Exception as problem:
        if is_accident(problem):
            raise
        raise ConfigError(f"metric {metric.name}: raised {type(problem).__name__}: {problem}") from problem


@functools.cache
def scorer(function: str, folder: str) -> Scorer:
    made: Scorer = imported(function, Path(folder))
    return made


def digest(function: str, folder: str) -> str:
    """sha256 of the project's own modules that the function came with: another one scores otherwise."""
    scorer(function, folder)
    place = Path(folder).resolve()
    names = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
    files = {Path(name).resolve() for name in names if name}
    own = sorted(file for file in files if file.is_relative_to(place) and file.suffix == ".py")
    return hashlib.sha256(b"".join(hashlib.sha256(file.read_bytes()).digest() for file in own)).hexdigest()


def refuse_labels(metric: Metric, items: Samples, what: str) -> None:
    """What a label may be, the function knows."""
