"""Data that a model of tensors cannot take, and answers that a metric means nothing of: told before all work."""

import contextlib
from collections.abc import Collection, Iterator, Sequence

import numpy as np

from edgeci.errors import ConfigError
from edgeci.evaluation.arrays import Array
from edgeci.evaluation.comparisons import is_number
from edgeci.evaluation.labels import classes_of, refuse_outside
from edgeci.evaluation.measures import take
from edgeci.evaluation.samples import Samples
from edgeci.metrics import METRICS, OUTPUT_COMPARISONS
from edgeci.types import DataSource, Items

NARROW = (
    "float16", "int64", "int32", "int16", "int8", "uint64", "uint32", "uint16", "uint8", "bool",
)  # fmt: skip
"""Types that do not hold every number somebody measures."""
NAN_OPERATORS = frozenset((
    "IsNaN", "ai.onnx.ml.Imputer", "ai.onnx.ml.TreeEnsemble", "ai.onnx.ml.TreeEnsembleClassifier",
    "ai.onnx.ml.TreeEnsembleRegressor",
))  # fmt: skip
"""Those that expect missing values."""


def refuse_unfit_items(items: Samples, operators: Collection[str]) -> None:
    """
    Raises:
        ConfigError: a shape or a value that the model cannot take, or NaN where it has no use for it.
    """
    if not NAN_OPERATORS & set(operators):
        refuse_nan(items)
    for index in range(len(items)) if may_lose(items) else (0,):
        with told_of(items, index):
            items.feeds(index)


def refuse_nan(items: Samples) -> None:
    """Minus infinity may be a mask."""
    for name, values in items.inputs.items():
        if values.dtype.kind == "f" and (strange := ~is_number(values)).any():
            item, *place = (int(indices[0]) for indices in np.nonzero(strange))
            where = f" at {', '.join(map(str, place))}" if place else ""
            raise ConfigError(
                f"{items.source.path or items.source.python}: item {item}, input {name!r}{where} is "
                f"{values[(item, *place)]}, and the model has no operator that expects such; mend or leave out the item"
            )


def may_lose(items: Samples) -> bool:
    """Whether one item's values fit the model's types and another's may not."""
    return any(
        is_scaled(items.source) or not np.can_cast(items.inputs[tensor.name].dtype, tensor.dtype)
        for tensor in items.tensors
        if tensor.dtype in NARROW
    )


def is_scaled(source: DataSource) -> bool:
    return (source.scale, source.mean, source.std) != (None, None, None)


@contextlib.contextmanager
def told_of(items: Samples, index: int) -> Iterator[None]:
    """A refusal says of which item of which data."""
    try:
        yield
    except ConfigError as problem:
        raise ConfigError(f"{items.source.path or items.source.python}: item {index}: {problem}") from problem


def refuse_unfit_answer(metric: str, given: Sequence[Array], items: Samples, asked: Items) -> None:
    """
    Args:
        given: the outputs that the metric reads, of the first item.

    Raises:
        ConfigError: the metric means nothing of such an output, or its labels are none of it.
    """
    if metric in OUTPUT_COMPARISONS:
        refuse_no_vector(metric, given[0])
        return
    known = METRICS[metric]
    take(known, given, None if items.labels is None else items.labels[0], items, asked)
    if known.wants in ("class", "scores") and known.needs_labels and items.labels is not None:
        refuse_other_classes(given[0], items.labels, items)


def refuse_other_classes(output: Array, labels: Array, items: Samples) -> None:
    name = f"{items.source.path or items.source.python}: labels"
    if output.dtype.kind in "US" and not items.classes:
        raise ConfigError(f"{name} are numbers, and the model answers with the names of classes; give names")
    if output.dtype.kind not in "US" and items.classes and not items.are_mapped:
        some = ", ".join(items.classes[:4])
        raise ConfigError(
            f"{name} are names ({some} ...), and the model answers with numbers; say which name is which class "
            "(`classes`), or give ids from 0"
        )
    if output.dtype.kind == "f":
        refuse_outside(classes_of(labels, name), max(2, output.size), name)


def refuse_no_vector(metric: str, output: Array) -> None:
    if output.dtype.kind != "f" or output.size < 2 or output.size != max(output.shape):
        raise ConfigError(
            f"{metric} needs one vector of scores or an embedding an item, and the output is "
            f"{'x'.join(map(str, output.shape)) or 'one number'} {output.dtype}; name another one with `output:`, or "
            "measure whole arrays with mae or mse against the right ones"
        )
