"""Metrics of a whole set: no mean of what its items have, but a number of all of them together.

Each item leaves a row of numbers, and a metric says what weighted rows give: a bootstrap is another weight for each
item. A module of this package is one way to do that, with these names:

    prepare(rows)           n rows in a form that is quick to weigh, made once
    values(that, weights)   (B,) values under (B, n) weights; NaN where nothing can be said
    wrong(row), right(row)  the row of an item on which everything went wrong, or right; None where nothing is worst
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from edgeci.statistics.resampling import RESAMPLES
from edgeci.statistics.sets import detection, edits, overlap, ranking, regression

Floats = npt.NDArray[np.float64]
Row = tuple[float, ...]
Rows = Sequence[Row]


@dataclass(frozen=True)
class SetMetric:
    prepare: Callable[[Rows], Any]
    values: Callable[[Any, Floats], Floats]
    wrong: Callable[[Row], Row] | None = None
    right: Callable[[Row], Row] | None = None
    draws: int = RESAMPLES
    """That a bootstrap takes; fewer where one takes long, and a bound is still the 25th of 500."""


def plain(rows: Rows) -> Floats:
    """(n, k), of rows of one length."""
    return np.asarray(rows, np.float64)


SET_METRICS = {
    "mean_iou": SetMetric(overlap.table_of, overlap.mean_iou, overlap.wrong, overlap.right),
    "multilabel_f1_macro": SetMetric(overlap.table_of, overlap.f1_macro, overlap.wrong, overlap.right),
    "multilabel_f1_micro": SetMetric(overlap.table_of, overlap.f1_micro, overlap.wrong, overlap.right),
    "roc_auc": SetMetric(plain, ranking.roc_auc, ranking.wrong, ranking.right),
    "cer": SetMetric(plain, edits.rate, edits.wrong, edits.right),
    "wer": SetMetric(plain, edits.rate, edits.wrong, edits.right),
    "rmse": SetMetric(plain, regression.rmse),
    "r2": SetMetric(plain, regression.r2),
    "map_50": SetMetric(detection.by_class, detection.map_50, detection.wrong, detection.right, 500),
    "map_50_95": SetMetric(detection.by_class, detection.map_50_95, detection.wrong, detection.right, 500),
}


def values(metric: str, rows: Rows, weights: Floats) -> Floats:
    """(B,) values of n rows under (B, n) weights."""
    known = SET_METRICS[metric]
    return known.values(known.prepare(rows), weights)


def value(metric: str, rows: Rows) -> float:
    """Of all rows, each once."""
    return float(values(metric, rows, np.ones((1, len(rows))))[0])
