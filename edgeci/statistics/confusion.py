"""Class metrics from a confusion matrix, by scikit-learn's definitions but fast enough for a bootstrap."""

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]


def confusion(labels: Indices, predictions: Indices, classes: int) -> Matrix:
    """(classes, classes) counts, row = label, column = prediction, from class indices."""
    return np.bincount(labels * classes + predictions, minlength=classes**2).reshape(classes, classes).astype(float)


def accuracy(matrix: Matrix) -> float:
    return float(np.trace(matrix) / matrix.sum())


def balanced_accuracy(matrix: Matrix) -> float:
    """Mean recall over the classes that occur as a label."""
    support = matrix.sum(axis=1)
    seen = support > 0
    return float(np.mean(np.diag(matrix)[seen] / support[seen]))


def f1_macro(matrix: Matrix) -> float:
    """Mean F1 over the classes that occur as a label or a prediction; 0 for a class without a hit."""
    either = matrix.sum(axis=0) + matrix.sum(axis=1)
    seen = either > 0
    return float(np.mean(2 * np.diag(matrix)[seen] / either[seen]))


def mcc(matrix: Matrix) -> float:
    """Matthews correlation for any number of classes (Gorodkin 2004); 0 where one side is constant."""
    total, hits = matrix.sum(), np.trace(matrix)
    guessed, true = matrix.sum(axis=0), matrix.sum(axis=1)
    scale = math.sqrt((total**2 - guessed @ guessed) * (total**2 - true @ true))
    return float((hits * total - guessed @ true) / scale) if scale else 0.0


CLASS_METRICS: dict[str, Callable[[Matrix], float]] = {
    "accuracy": accuracy,
    "agreement": accuracy,
    "balanced_accuracy": balanced_accuracy,
    "f1_macro": f1_macro,
    "mcc": mcc,
}
