"""Mean average precision of boxes, as COCO defines it: 101 points of recall, over all classes that have a label.

A row is (labels, class of each label ..., and of each detection: class, score, matched). Detections were matched with
the labels of their own picture; bit t of `matched` says whether it was at IoU 0.5 + 0.05 t.
Lin et al. 2014, Microsoft COCO; the reference is pycocotools' `COCOeval.accumulate`.
"""

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from edgeci.statistics.sets.division import divided

Floats = npt.NDArray[np.float64]
Row = tuple[float, ...]
RECALLS = np.linspace(0, 1, 101)
THRESHOLDS = range(10)
EVERY = float(2 ** len(THRESHOLDS) - 1)
AT_ONCE = 2_000_000
"""Numbers of an intermediate table."""


def map_50(rows: Sequence[Row], weights: Floats) -> Floats:
    return mean_average_precision(rows, weights, (0,))


def map_50_95(rows: Sequence[Row], weights: Floats) -> Floats:
    return mean_average_precision(rows, weights, THRESHOLDS)


def mean_average_precision(rows: Sequence[Row], weights: Floats, thresholds: Sequence[int]) -> Floats:
    """Mean over the classes that have labels; NaN where none has."""
    labels = [Counter(row[1 : 1 + int(row[0])]) for row in rows]
    total, number = np.zeros(len(weights)), np.zeros(len(weights))
    for name in sorted({each for counted in labels for each in counted}):
        true = weights @ np.array([counted[name] for counted in labels], np.float64)
        total += np.where(true > 0, average_precision(of_class(rows, name), weights, true, thresholds), 0)
        number += true > 0
    return divided(total, number)


def of_class(rows: Sequence[Row], name: float) -> Floats:
    """(detections, 3) of item, score and matched, the highest score first; ties as they come."""
    chosen = [
        (float(item), row[first + 1], row[first + 2])
        for item, row in enumerate(rows)
        for first in range(1 + int(row[0]), len(row), 3)
        if row[first] == name
    ]
    table = np.array(chosen, np.float64).reshape(-1, 3)
    return table[np.argsort(-table[:, 1], kind="stable")]


def average_precision(detections: Floats, weights: Floats, true: Floats, thresholds: Sequence[int]) -> Floats:
    """(B,) means over the thresholds of the area under the precision of (B, n) weights and (B,) true boxes."""
    if not len(detections):
        return np.zeros(len(weights))
    step = max(1, AT_ONCE // len(detections))
    parts = [
        np.mean([area(detections, weights[part], true[part], threshold) for threshold in thresholds], axis=0)
        for part in (slice(first, first + step) for first in range(0, len(weights), step))
    ]
    return np.concatenate(parts)


def area(detections: Floats, weights: Floats, true: Floats, threshold: int) -> Floats:
    """Of one threshold: the precision at each of RECALLS is the best at that recall or a higher one."""
    given = weights[:, detections[:, 0].astype(np.intp)]
    hits = given * ((detections[:, 2].astype(np.int64) >> threshold) & 1)
    matched, made = np.cumsum(hits, axis=1), np.cumsum(given, axis=1)
    precision = divided(matched, made, 0)
    best = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    recall = divided(matched, np.broadcast_to(true[:, None], matched.shape), 0)
    return at_recalls(recall, np.column_stack((best, np.zeros(len(best)))))


def at_recalls(recall: Floats, best: Floats) -> Floats:
    """(B,) means of the precision where each recall is first reached; 0 where it never is."""
    rows = np.arange(len(recall))[:, None]
    # Rows are set two apart, so that one search in all of them, sorted, finds the places in each.
    places = np.searchsorted((recall + 2 * rows).ravel(), (RECALLS + 2 * rows).ravel()).reshape(len(recall), -1)
    means: Floats = best[rows, places - rows * recall.shape[1]].mean(axis=1)
    return means


def wrong(row: Row) -> Row:
    """Nothing was detected."""
    return row[: 1 + int(row[0])]


def right(row: Row) -> Row:
    """Every box, before all others, and nothing else."""
    labels = row[: 1 + int(row[0])]
    return (*labels, *(part for name in labels[1:] for part in (name, math.inf, EVERY)))
