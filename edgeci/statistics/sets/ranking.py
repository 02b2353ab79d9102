"""How well scores separate two classes: a row is (score, label), the label 0 or 1."""

import math

import numpy as np
import numpy.typing as npt

from edgeci.statistics.sets.division import divided

Floats = npt.NDArray[np.float64]
Row = tuple[float, ...]


def roc_auc(table: Floats, weights: Floats) -> Floats:
    """The probability that an item of class 1 has a higher score than one of class 0, ties counting half.

    Mann & Whitney 1947; NaN where a class is missing.
    """
    scores, labels = table.T
    _, level = np.unique(scores, return_inverse=True)
    levels = int(level.max()) + 1
    by_level = np.zeros((2, len(weights), levels))
    for label in (0, 1):
        chosen = labels == label
        np.add.at(by_level[label].T, level[chosen], weights[:, chosen].T)
    negatives, positives = by_level
    below = np.cumsum(negatives, axis=1) - negatives / 2
    pairs = negatives.sum(axis=1) * positives.sum(axis=1)
    return divided((positives * below).sum(axis=1), pairs)


def wrong(row: Row) -> Row:
    """Beyond every item of the other class."""
    return (-math.inf if row[1] else math.inf), row[1]


def right(row: Row) -> Row:
    return (math.inf if row[1] else -math.inf), row[1]
