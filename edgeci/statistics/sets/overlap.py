"""How far what was predicted of each class covers what is true: of pixels, or of labels.

A row holds (class, true, predicted, both) of each class that an item has or was said to have, one after the other.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from edgeci.statistics.sets.division import divided

Floats = npt.NDArray[np.float64]
Row = tuple[float, ...]
FIELDS = 4


def mean_iou(table: Floats, weights: Floats) -> Floats:
    """Mean of sum(both) / sum(union) over the classes that occur; Everingham et al. 2015, IJCV 111(1), 3.2."""
    true, predicted, both = counts(table, weights)
    return mean_over_classes(both, true + predicted - both)


def f1_macro(table: Floats, weights: Floats) -> Floats:
    """Mean of 2 TP / (2 TP + FP + FN) over the classes that occur."""
    true, predicted, both = counts(table, weights)
    return mean_over_classes(2 * both, true + predicted)


def f1_micro(table: Floats, weights: Floats) -> Floats:
    true, predicted, both = (part.sum(axis=1, keepdims=True) for part in counts(table, weights))
    return mean_over_classes(2 * both, true + predicted)


def table_of(rows: Sequence[Row]) -> Floats:
    """(n, classes, 3) of true, predicted and both."""
    classes = {name: place for place, name in enumerate(sorted({name for row in rows for name in row[::FIELDS]}))}
    table = np.zeros((len(rows), len(classes), FIELDS - 1))
    for item, row in enumerate(rows):
        for first in range(0, len(row), FIELDS):
            table[item, classes[row[first]]] += row[first + 1 : first + FIELDS]
    return table


def counts(table: Floats, weights: Floats) -> tuple[Floats, Floats, Floats]:
    """(B, classes) weighted sums of true, predicted and both."""
    summed = (weights @ table.reshape(len(table), -1)).reshape(len(weights), *table.shape[1:])
    return summed[:, :, 0], summed[:, :, 1], summed[:, :, 2]


def mean_over_classes(above: Floats, below: Floats) -> Floats:
    """Of above / below where there is anything; NaN where no class occurs."""
    occurs = below > 0
    shares = divided(above, below, 0)
    return divided(shares.sum(axis=1), occurs.sum(axis=1).astype(np.float64))


def wrong(row: Row) -> Row:
    """As much was said, and none of it is true."""
    return tuple(0.0 if place % FIELDS == FIELDS - 1 else number for place, number in enumerate(row))


def right(row: Row) -> Row:
    """What is true was said, and nothing else."""
    return tuple(
        number for first in range(0, len(row), FIELDS) for number in (row[first], *(row[first + 1],) * (FIELDS - 1))
    )
