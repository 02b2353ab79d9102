"""Numbers against the right ones: the errors of an item, and what they add to RMSE and R2."""

from collections.abc import Sequence

import numpy as np

from edgeci.errors import ConfigError
from edgeci.evaluation.arrays import Array
from edgeci.evaluation.measures.classes import kind_of
from edgeci.evaluation.measures.taken import Taken
from edgeci.evaluation.samples import Samples
from edgeci.metrics import Metric
from edgeci.types import Items


def take(metric: Metric, given: Sequence[Array], label: Array | None, items: Samples, asked: Items) -> Taken:
    """The item's mean absolute or squared error, its root for RMSE, and the mean squared error for R2."""
    assert label is not None
    output, truth = given[0], np.asarray(label, np.float64)
    if truth.size not in (1, output.size):
        raise ConfigError(f"a label has {truth.size} values, the output {output.size}; {metric.name} needs them equal")
    if output.dtype.kind not in "iufb":
        raise ConfigError(f"{metric.name} needs outputs that are numbers, these are {kind_of(output)}")
    targets = np.broadcast_to(truth.ravel(), output.size)
    difference = output.astype(np.float64).ravel() - targets
    if metric.name == "mae":
        return Taken(float(np.mean(np.abs(difference))))
    mean = float(np.mean(difference**2))
    if metric.name == "rmse":
        return Taken(mean**0.5, (mean,))
    row = np.column_stack((difference**2, targets)).ravel() if metric.name == "r2" else ()
    return Taken(mean, tuple(map(float, row)))


def refuse_labels(metric: Metric, items: Samples, what: str) -> None:
    if items.classes:
        raise ConfigError(f"{what} are names, and {metric.name} is taken of numbers")
    if metric.name == "r2" and items.labels is not None and is_constant(items.labels):
        raise ConfigError(f"{what}: a number is the same in all, and r2 says how much of what varies is predicted")


def is_constant(labels: Array) -> bool:
    """Whether something that is predicted never varies."""
    return not bool(np.ptp(np.asarray(labels, np.float64), axis=0).all())
