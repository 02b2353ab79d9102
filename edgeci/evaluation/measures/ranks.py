"""Scores by their order: whether the label is among the first k, and how well a score separates two classes."""

from collections.abc import Sequence

import numpy as np

from edgeci.errors import ConfigError
from edgeci.evaluation.arrays import Array
from edgeci.evaluation.labels import classes_of
from edgeci.evaluation.measures.taken import Taken
from edgeci.evaluation.samples import Samples
from edgeci.metrics import Metric
from edgeci.types import Items


def take(metric: Metric, given: Sequence[Array], label: Array | None, items: Samples, asked: Items) -> Taken:
    scores = given[0]
    if scores.dtype.kind != "f" or scores.size != max(scores.shape, default=1):
        shape = "x".join(map(str, scores.shape)) or "one number"
        raise ConfigError(f"{metric.name} wants a row of scores an item, and the output is {shape} {scores.dtype}")
    true = int(classes_of(np.asarray(label)[None], "labels")[0])
    values = scores.astype(np.float64).reshape(-1)
    return of_two(values, true, metric) if metric.wants == "single" else of_first(values, true, metric)


def of_first(scores: Array, true: int, metric: Metric) -> Taken:
    """1 where fewer than k classes come before the label's; of equal scores the first does, as argmax has it."""
    if not metric.at < scores.size:
        raise ConfigError(f"{metric.name} says nothing of a model with {scores.size} classes: all are among the first")
    if not 0 <= true < scores.size:
        raise ConfigError(f"a label is {true}, and the model's {scores.size} classes go from 0 to {scores.size - 1}")
    before = int((scores > scores[true]).sum() + (scores[:true] == scores[true]).sum())
    return Taken(float(before < metric.at))


def of_two(scores: Array, true: int, metric: Metric) -> Taken:
    """The score of class 1; of two scores what it is ahead, which puts items in the same order as a softmax."""
    if scores.size > 2:
        raise ConfigError(f"{metric.name} wants one score an item, or two, and the output has {scores.size}")
    if true not in (0, 1):
        raise ConfigError(f"{metric.name} wants labels 0 and 1, and one is {true}")
    score = float(scores[-1] - (scores[0] if scores.size == 2 else 0))
    return Taken(score, (score, float(true)))


def refuse_labels(metric: Metric, items: Samples, what: str) -> None:
    if items.labels is None:
        return
    classes = np.unique(classes_of(items.labels, what))
    if metric.wants == "single" and classes.tolist() != [0, 1]:
        some = ", ".join(map(str, classes[:4].tolist()))
        raise ConfigError(f"{what}: {metric.name} wants 0 and 1, both of them; the classes are {some}")
