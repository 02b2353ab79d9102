"""Bounds of class metrics that are no share of items: F1, balanced accuracy, Matthews' coefficient."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from edgeci.statistics.clusters import members, unit_of
from edgeci.statistics.confusion import CLASS_METRICS, confusion
from edgeci.statistics.resampling import Chosen, cautious_bounds
from edgeci.types import Measurement

UNSEEN = 3
"""Items (or clusters) against and for the candidate that a cautious bound supposes: -ln 0.05."""


def class_bounds(
    measurement: Measurement, confidence: float, compare: Callable[[float, float], float]
) -> tuple[float, float]:
    """Of a comparison of both sides' class metric, with UNSEEN items against and for the candidate."""
    labels, ours, theirs, classes = coded(measurement)
    score = CLASS_METRICS[measurement.metric]
    wrong = (labels + 1) % classes
    parts = members(unit_of(len(labels), measurement.clusters))

    def supposing(drawn: Chosen, our_guess: npt.NDArray[np.intp], their_guess: npt.NDArray[np.intp]) -> float:
        chosen, unseen = items_of(drawn), items_of(drawn[:UNSEEN])
        sides = [
            score(
                confusion(labels[chosen], seen[chosen], classes) + confusion(labels[unseen], supposed[unseen], classes)
            )
            for seen, supposed in ((ours, our_guess), (theirs, their_guess))
        ]
        return compare(*sides)

    def items_of(drawn: Chosen) -> Chosen:
        return np.concatenate([parts[unit] for unit in drawn]) if measurement.clusters else drawn

    return cautious_bounds(
        lambda drawn: supposing(drawn, wrong, labels),
        lambda drawn: supposing(drawn, labels, wrong),
        len(parts),
        confidence,
    )


def coded(measurement: Measurement) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], npt.NDArray[np.intp], int]:
    """Labels, candidate's and baseline's classes as indices, and how many classes there are, at least two."""
    labels = measurement.labels
    reference = measurement.reference or measurement.samples
    classes, codes = np.unique([*labels, *measurement.samples, *reference], return_inverse=True)
    count = len(labels)
    return codes[:count], codes[count : 2 * count], codes[2 * count :], max(2, len(classes))
