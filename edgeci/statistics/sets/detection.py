"""Mean average precision of boxes, as COCO defines it: 101 points of recall, over all classes that have a label.

A row is (labels, class of each label ..., and of each detection: class, score, matched). Detections were matched with
the labels of their own picture; bit t of `matched` says whether it was at IoU 0.5 + 0.05 t.
Lin et al. 2014, Microsoft COCO; the reference is pycocotools' `COCOeval.accumulate`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True)
class OfClass:
    """(n,) labels of each item, and (detections, 3) of item, score and matched, the highest score first."""

    labels: Floats
    detections: Floats


def by_class(rows: Sequence[Row]) -> list[OfClass]:
    """Of each class that has a label; detections of one score as they come."""
    labels: dict[float, Floats] = {}
    detections: dict[float, list[tuple[float, float, float]]] = {}
    for item, row in enumerate(rows):
        first = 1 + int(row[0])
        for name in row[1:first]:
            labels.setdefault(name, np.zeros(len(rows)))[item] += 1
        for place in range(first, len(row), 3):
            detections.setdefault(row[place], []).append((float(item), row[place + 1], row[place + 2]))
    return [OfClass(labels[name], in_order(detections.get(name, []))) for name in sorted(labels)]


def in_order(detections: list[tuple[float, float, float]]) -> Floats:
    table = np.array(detections, np.float64).reshape(-1, 3)
    return table[np.argsort(-table[:, 1], kind="stable")]


def map_50(classes: list[OfClass], weights: Floats) -> Floats:
    return mean_average_precision(classes, weights, (0,))


def map_50_95(classes: list[OfClass], weights: Floats) -> Floats:
    return mean_average_precision(classes, weights, THRESHOLDS)


def mean_average_precision(classes: list[OfClass], weights: Floats, thresholds: Sequence[int]) -> Floats:
    """Mean over the classes that have labels; NaN where none has."""
    total, number = np.zeros(len(weights)), np.zeros(len(weights))
    for each in classes:
        true = weights @ each.labels
        total += np.where(true > 0, average_precision(each.detections, weights, true, thresholds), 0)
        number += true > 0
    return divided(total, number)


def average_precision(detections: Floats, weights: Floats, true: Floats, thresholds: Sequence[int]) -> Floats:
    """(B,) means over the thresholds of the area under the precision of (B, n) weights and (B,) true boxes."""
    if not len(detections):
        return np.zeros(len(weights))
    step = max(1, AT_ONCE // len(detections))
    parts = (slice(first, first + step) for first in range(0, len(weights), step))
    return np.concatenate([mean_area(detections, weights[part], true[part], thresholds) for part in parts])


def mean_area(detections: Floats, weights: Floats, true: Floats, thresholds: Sequence[int]) -> Floats:
    given = weights[:, detections[:, 0].astype(np.intp)]
    made = np.cumsum(given, axis=1)
    areas = []
    for threshold in thresholds:
        # Precision falls from one match to the next, so nowhere else is it the best.
        hits = np.nonzero((detections[:, 2].astype(np.int64) >> threshold) & 1)[0]
        areas.append(area(np.cumsum(given[:, hits], axis=1), made[:, hits], true))
    return np.asarray(np.mean(areas, axis=0))


def area(matched: Floats, made: Floats, true: Floats) -> Floats:
    """Of one threshold: the precision at each of RECALLS is the best at that recall or a higher one."""
    if not matched.shape[1]:
        return np.zeros(len(true))
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
