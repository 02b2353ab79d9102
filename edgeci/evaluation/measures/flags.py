"""Several labels an item, each of which holds or not: a score each, against one threshold."""

from collections.abc import Sequence

import numpy as np

from edgeci.errors import ConfigError
from edgeci.evaluation.arrays import Array
from edgeci.evaluation.measures.taken import Taken
from edgeci.evaluation.samples import Samples
from edgeci.metrics import Metric
from edgeci.types import Items

Row = tuple[float, ...]


def take(metric: Metric, given: Sequence[Array], label: Array | None, items: Samples, asked: Items) -> Taken:
    """Scores and truths, two numbers a label: from where on a score counts, all items decide together (`decided`)."""
    scores, truth = given[0].reshape(-1), np.asarray(label).reshape(-1)
    if scores.dtype.kind not in "iufb" or scores.size != truth.size:
        raise ConfigError(
            f"{metric.name} wants a score of each label: the output has {scores.size}, the data {truth.size} labels"
        )
    return Taken(0.0, tuple(np.column_stack((scores, truth)).astype(np.float64).ravel().tolist()))


def decided(metric: Metric, taken: Taken, limit: float) -> Taken:
    """What holds by a threshold: of an item its own F1, or whether all is right; and a row of `sets.overlap`."""
    if np.isnan(taken.sample):
        return taken
    scores, truths = np.reshape(taken.row, (-1, 2)).T
    ours, true = scores >= limit, truths > 0
    if metric.is_hit:
        return Taken(float((ours == true).all()))
    both = 2 * int((ours & true).sum())
    said = int(ours.sum() + true.sum())
    places = np.nonzero(ours | true)[0]
    columns = (places, true[places], ours[places], ours[places] & true[places])
    row = np.column_stack(columns).astype(np.float64).ravel().tolist()
    return Taken(both / said if said else 1.0, tuple(row))


def refuse_labels(metric: Metric, items: Samples, what: str) -> None:
    if items.labels is None:
        return
    labels = np.asarray(items.labels)
    if labels.ndim != 2 or not np.isin(labels, (0, 1)).all():
        raise ConfigError(f"{what}: {metric.name} wants 0 or 1 for each label of each item, (n, labels)")
    if not labels.any():
        raise ConfigError(f"{what}: no label holds of any item, so {metric.name} is no number")
