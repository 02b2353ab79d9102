"""Errors of numbers. Nothing is the worst that could be predicted, so no unseen item is supposed."""

import numpy as np
import numpy.typing as npt

from edgeci.statistics.sets.division import divided

Floats = npt.NDArray[np.float64]


def rmse(table: Floats, weights: Floats) -> Floats:
    """Of rows (mean squared error)."""
    root: Floats = np.sqrt(weights @ table[:, 0] / weights.sum(axis=1))
    return root


def r2(table: Floats, weights: Floats) -> Floats:
    """Of rows (squared error, target, ...), one pair for each number that is predicted; the mean over these.

    1 - sum of squared errors / sum of squares around the mean target; NaN where all targets are equal.
    """
    squares, targets = table[:, ::2], table[:, 1::2]
    targets = targets - targets.mean(axis=0)  # what follows loses digits where the mean is far from zero
    total = weights.sum(axis=1, keepdims=True)
    spread = weights @ targets**2 - (weights @ targets) ** 2 / total
    shares = divided(weights @ squares, spread)
    means: Floats = 1 - shares.mean(axis=1)
    return means
