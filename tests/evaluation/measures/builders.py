"""Answers of a single item, and what a metric takes of them."""

from collections.abc import Sequence

import numpy as np

from edgeci.evaluation.arrays import Array
from edgeci.evaluation.measures import Taken, take
from edgeci.evaluation.samples import Samples
from edgeci.metrics import METRICS
from edgeci.types import DataSource, Items

SOURCE = DataSource(path="data.npz")


def items(labels: Array | None = None, classes: tuple[str, ...] = (), symbols: tuple[str, ...] = ()) -> Samples:
    count = 1 if labels is None else len(labels)
    inputs: dict[str, Array] = {"x": np.zeros((count, 1))}
    return Samples(inputs, labels, (), SOURCE, (), classes, symbols=symbols)


def asked(**changes: object) -> Items:
    return Items(**{"source": SOURCE, "folder": "", **changes})  # type: ignore[arg-type]


def taken(
    metric: str, given: Sequence[Array], label: object = None, held: Samples | None = None, **changes: object
) -> Taken:
    truth = None if label is None else np.asarray(label)
    return take(METRICS[metric], given, truth, held or items(), asked(**changes))
