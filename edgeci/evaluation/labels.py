"""Labels as people keep them: numbers, names, a column, one-hot. What they mean depends on the metric that asks."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edgeci.errors import ConfigError
from edgeci.evaluation.arrays import Array


@dataclass(frozen=True)
class Labels:
    """(n,) or (n, ...) numbers, or none; where they were names, the places of these in `classes`."""

    values: Array | None = None
    classes: tuple[str, ...] = ()
    are_mapped: bool = False
    """Whether somebody said which name is which class of the model's."""


def labels_of(values: Array, known: Mapping[str, int], what: str) -> Labels:
    """A column is taken as what it holds; names as the classes that they are known to be, else in alphabetical order.

    Raises:
        ConfigError: neither numbers nor names, no number at all, or a name that is not among the known ones.
    """
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.dtype.kind in "US" and values.ndim == 1:
        return named(values.astype(str), known, what)
    if values.dtype.kind not in "iufb":
        raise ConfigError(f"{what} must be numbers (class indices or targets) or names, found {values.dtype}")
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        first = int(np.nonzero(~np.isfinite(values))[0][0])
        raise ConfigError(f"{what}: that of item {first} is NaN or infinity")
    return Labels(values)


def named(values: npt.NDArray[np.str_], known: Mapping[str, int], what: str) -> Labels:
    if not known:
        classes, places = np.unique(values, return_inverse=True)
        return Labels(places.astype(np.int64), tuple(map(str, classes)))
    if strange := sorted(set(map(str, values)) - known.keys()):
        raise ConfigError(f"{what}: {strange[0]!r} is none of the classes ({', '.join(list(known)[:6])} ...)")
    names = {index: name for name, index in known.items()}
    classes_in_order = tuple(names.get(index, "") for index in range(max(names) + 1))
    return Labels(np.array([known[str(value)] for value in values]), classes_in_order, are_mapped=True)


def classes_of(labels: Array, what: str) -> Array:
    """(n,) class ids of labels: ids as whole numbers, in a column or not, or one-hot.

    Raises:
        ConfigError: several classes an item, or numbers that are no ids.
    """
    numbers = np.asarray(labels, np.float64)
    if numbers.ndim == 1:
        if (strange := numbers[numbers != np.round(numbers)]).size:
            raise ConfigError(f"{what}: {strange[0]:g} is no class; measures of numbers are mae and mse")
        return labels
    if numbers.ndim == 2 and is_one_hot(numbers):
        return np.asarray(numbers.argmax(axis=1))
    raise ConfigError(
        f"{what} have shape {labels.shape}; a metric of classes wants one class an item: an id, a name, or one-hot. "
        "Arrays of that shape are compared by mae and mse"
    )


def is_one_hot(ones: npt.NDArray[np.float64]) -> bool:
    return bool(np.isin(ones, (0, 1)).all() and (ones.sum(axis=1) == 1).all())


def refuse_outside(labels: Array, classes: int, what: str) -> None:
    """Labels that a model with so many classes can never give.

    Raises:
        ConfigError: a label below 0 or beyond the last class; labels that begin with 1 are told as such.
    """
    low, high = int(labels.min()), int(labels.max())
    if low >= 0 and high < classes:
        return
    hint = "they seem to begin with 1: subtract 1" if low == 1 and high == classes else (
        "is this the output that is meant (`output`), and are these its labels?"
    )  # fmt: skip
    raise ConfigError(f"{what} go from {low} to {high}, the model's {classes} classes from 0 to {classes - 1}; {hint}")
