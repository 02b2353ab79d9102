"""Metrics of a whole set: no mean of what its items have, but a number of all of them together.

Each item leaves a row of numbers, and a metric says what weighted rows give: a bootstrap is another weight for each
item. A module of this package is one way to do that, with these names:

    values(rows, weights)   (B,) values of n rows under (B, n) weights; NaN where nothing can be said
    wrong(row), right(row)  the row of an item on which everything went wrong, or right; None where nothing is worst
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edgeci.statistics.sets import detection, edits, overlap, ranking, regression

Floats = npt.NDArray[np.float64]
Row = tuple[float, ...]
Rows = Sequence[Row]


@dataclass(frozen=True)
class SetMetric:
    values: Callable[[Rows, Floats], Floats]
    wrong: Callable[[Row], Row] | None = None
    right: Callable[[Row], Row] | None = None


SET_METRICS = {
    "mean_iou": SetMetric(overlap.mean_iou, overlap.wrong, overlap.right),
    "multilabel_f1_macro": SetMetric(overlap.f1_macro, overlap.wrong, overlap.right),
    "multilabel_f1_micro": SetMetric(overlap.f1_micro, overlap.wrong, overlap.right),
    "roc_auc": SetMetric(ranking.roc_auc, ranking.wrong, ranking.right),
    "cer": SetMetric(edits.rate, edits.wrong, edits.right),
    "wer": SetMetric(edits.rate, edits.wrong, edits.right),
    "rmse": SetMetric(regression.rmse),
    "r2": SetMetric(regression.r2),
    "map_50": SetMetric(detection.map_50, detection.wrong, detection.right),
    "map_50_95": SetMetric(detection.map_50_95, detection.wrong, detection.right),
}


def value(metric: str, rows: Rows) -> float:
    """Of all rows, each once."""
    return float(SET_METRICS[metric].values(rows, np.ones((1, len(rows))))[0])
