"""What an item's answer is worth by a metric: a number of its own, and the row that it adds to a number of all items.

A module for each kind of answer (`Metric.wants`), with these names:

    take(metric, given, label, items, asked)   raises ConfigError for an answer of which the metric means nothing
    refuse_labels(metric, items, what)         raises ConfigError for labels that it means nothing of
"""

from collections.abc import Sequence
from typing import Protocol

from edgeci.evaluation.arrays import Array
from edgeci.evaluation.comparisons import is_sound
from edgeci.evaluation.measures import boxes, classes, flags, functions, masks, numbers, ranks, sequences
from edgeci.evaluation.measures.taken import Taken
from edgeci.evaluation.samples import Samples
from edgeci.metrics import Metric
from edgeci.types import Items

__all__ = ["Taken", "refuse_labels", "take"]


class Module(Protocol):
    """What every one has."""

    def take(
        self, metric: Metric, given: Sequence[Array], label: Array | None, items: Samples, asked: Items
    ) -> Taken: ...

    def refuse_labels(self, metric: Metric, items: Samples, what: str) -> None: ...


MODULES: dict[str, Module] = {
    "anything": functions,
    "boxes": boxes,
    "class": classes,
    "flags": flags,
    "mask": masks,
    "numbers": numbers,
    "scores": ranks,
    "sequence": sequences,
    "single": ranks,
}


def take(metric: Metric, given: Sequence[Array], label: Array | None, items: Samples, asked: Items) -> Taken:
    """What one item's answer gives; NaN where an output holds NaN, or infinity other than a mask.

    Raises:
        ConfigError: an output, or a label, that the metric means nothing of.
    """
    if any(output.dtype.kind == "f" and not is_sound(output) for output in given):
        return Taken(float("nan"))
    return MODULES[metric.wants].take(metric, given, label, items, asked)


def refuse_labels(metric: Metric, items: Samples, what: str) -> None:
    """
    Raises:
        ConfigError: labels that the metric means nothing of.
    """
    MODULES[metric.wants].refuse_labels(metric, items, what)
