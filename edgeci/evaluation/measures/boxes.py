"""Boxes with classes and scores, in the forms that exported detectors give them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from edgeci.errors import ConfigError
from edgeci.evaluation.arrays import Array
from edgeci.evaluation.boxes import Boxes, matched_row, without_repeats
from edgeci.evaluation.measures.taken import Taken
from edgeci.evaluation.samples import Samples
from edgeci.metrics import Metric
from edgeci.types import Detection, Items

Floats = npt.NDArray[np.float64]
FIELDS = 5
"""Of a label: class, x1, y1, x2, y2; a negative class is none, so that all pictures have rows of one length."""


class Raw(NamedTuple):
    """(m, 4) corners as the model writes them, (m,) classes, (m,) scores."""

    corners: Floats
    classes: Floats
    scores: Floats


def take(metric: Metric, given: Sequence[Array], label: Array | None, items: Samples, asked: Items) -> Taken:
    """The share of the picture's boxes that were found at IoU 0.5 (1 where there are none), and its row."""
    row = matched_row(labels_of(np.asarray(label)), detected(given, asked.detection, metric.name))
    matches = row[1 + int(row[0]) :][2::3]
    return Taken(sum(int(bits) & 1 for bits in matches) / row[0] if row[0] else 1.0, row)


def labels_of(label: Array) -> Boxes:
    rows = label.reshape(-1, FIELDS).astype(np.float64)
    kept = rows[rows[:, 0] >= 0]
    return Boxes(kept[:, 1:], kept[:, 0], np.ones(len(kept)))


def detected(given: Sequence[Array], how: Detection, metric: str) -> Boxes:
    """In the labels' own terms.

    Raises:
        ConfigError: no form of boxes that is known.
    """
    raw = by_number(given, how, metric)
    classes = raw.classes - how.first_class
    kept = (raw.scores >= how.confidence) & (classes >= 0)
    boxes = Boxes(corners(raw.corners[kept], how), classes[kept], raw.scores[kept])
    return boxes if how.overlap is None else without_repeats(boxes, how.overlap)


def by_number(given: Sequence[Array], how: Detection, metric: str) -> Raw:
    parts = [np.asarray(part, np.float64) for part in given]
    if len(parts) == 1:
        return of_one(parts[0].reshape(parts[0].shape[-2:]) if parts[0].ndim > 2 else parts[0], how, metric)
    boxes, scores = parts[0].reshape(-1, 4), parts[1]
    if len(parts) > 2:
        count = int(parts[3].reshape(-1)[0]) if len(parts) > 3 else len(boxes)
        return Raw(boxes[:count], parts[2].reshape(-1)[:count], scores.reshape(-1)[:count])
    return Raw(boxes, *best(scores.reshape(len(boxes), -1)))


def of_one(rows: Floats, how: Detection, metric: str) -> Raw:
    """(m, 6) of corners, score and class; or (4 + classes, m), with or without a score of there being any object."""
    if rows.ndim == 2 and rows.shape[1] == 6 and how.overlap is None:
        return Raw(rows[:, :4], rows[:, 5], rows[:, 4])
    if rows.ndim != 2 or min(rows.shape) < FIELDS or how.overlap is None:
        raise ConfigError(
            f"{metric}: an output of {'x'.join(map(str, rows.shape))} is read as (boxes, 6) of x1, y1, x2, y2, score, "
            "class; where a model gives a score of each class for each place (YOLOv8 and its like), say by how much "
            "two boxes of one object overlap: `detection: {overlap: 0.7, boxes: cxcywh}`. Or name boxes, scores and "
            "classes: `output: [boxes, scores, classes]`"
        )
    table = rows.T if rows.shape[0] < rows.shape[1] else rows
    objects = table[:, 4:5] if how.objectness else 1.0
    return Raw(table[:, :4], *best(table[:, 4 + how.objectness :] * objects))


def best(scores: Floats) -> tuple[Floats, Floats]:
    """The likeliest class of each box, and its score."""
    return scores.argmax(axis=1).astype(np.float64), scores.max(axis=1, initial=-np.inf)


def corners(boxes: Floats, how: Detection) -> Floats:
    """x1, y1, x2, y2 of boxes in another way of writing, as large as the labels have them."""
    first, second = boxes[:, :2], boxes[:, 2:]
    if how.boxes == "cxcywh":
        first, second = first - second / 2, first + second / 2
    elif how.boxes == "xywh":
        second = first + second
    elif how.boxes == "yxyx":
        first, second = first[:, ::-1], second[:, ::-1]
    both = np.hstack((first, second))
    return both if how.size is None else both * np.array([how.size[1], how.size[0]] * 2)


def refuse_labels(metric: Metric, items: Samples, what: str) -> None:
    labels = items.labels
    if labels is None:
        return
    if items.classes or labels.ndim != 3 or labels.shape[2] != FIELDS:
        raise ConfigError(
            f"{what}: {metric.name} wants rows of class, x1, y1, x2, y2 for each picture, (n, most boxes, 5), with "
            f"class -1 in rows that are none; found {'names' if items.classes else f'shape {labels.shape}'}"
        )
    rows = labels.reshape(-1, FIELDS).astype(np.float64)
    rows = rows[rows[:, 0] >= 0]
    if not len(rows):
        raise ConfigError(f"{what}: not one box in all pictures, so {metric.name} is no number")
    if (rows[:, 3:] <= rows[:, 1:3]).any():
        raise ConfigError(
            f"{what}: a box ends before it begins; rows are class, x1, y1, x2, y2, not widths and heights"
        )
