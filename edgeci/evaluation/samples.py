"""Items as a model takes them, one at a time: a device sees one request at a time, and so does every measurement."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edgeci.errors import ConfigError
from edgeci.evaluation.arrays import Array, Floats
from edgeci.evaluation.casting import TEXT, cast
from edgeci.evaluation.labels import Labels, labels_of
from edgeci.evaluation.readers import Raw, read_raw
from edgeci.evaluation.readers.classes import class_map
from edgeci.plain_json import writable
from edgeci.types import DataSource, Tensor

__all__ = ["Array", "Feeds", "Samples", "read_samples"]

Feeds = dict[str, Array]


@dataclass(frozen=True)
class Samples:
    """n items. `inputs` maps a model input to (n, ...) raw values; `feeds` makes one item what the model takes."""

    inputs: dict[str, Array]
    labels: Array | None
    slices: tuple[str, ...]
    source: DataSource
    tensors: tuple[Tensor, ...]
    classes: tuple[str, ...] = ()
    """Where labels are names: the classes, in which a label is a place."""
    are_mapped: bool = False
    """Whether somebody said which of them is which class of the model's."""
    clusters: tuple[str, ...] = ()
    """What each item belongs to."""
    symbols: tuple[str, ...] = ()
    """Of a sequence, by their places."""
    scorer: str = ""
    """Digest of the project's own function that scores."""
    place: int = 0
    """Of the output that is judged; the first where none is."""

    def __len__(self) -> int:
        return len(next(iter(self.inputs.values())))

    @property
    def batch(self) -> int:
        """Items of one inference: 1, or as many as a model whose batch size is fixed takes at once."""
        return max((packed(tensor, self.inputs[tensor.name]) for tensor in self.tensors), default=1)

    def feeds(self, index: int) -> Feeds:
        """An item with its batch dimension, in the model's dtypes; of a fixed batch, those after it and the last again.

        Raises:
            ConfigError: a shape or a value that the model cannot take.
        """
        return {tensor.name: self.fed(tensor, index) for tensor in self.tensors}

    def fed(self, tensor: Tensor, index: int) -> Array:
        values, count = self.inputs[tensor.name], packed(tensor, self.inputs[tensor.name])
        if count == 1:
            return shaped(np.asarray(preprocess(values[index], self.source)), tensor)
        together = [min(index + step, len(self) - 1) for step in range(count)]
        return shaped(np.stack([preprocess(values[each], self.source) for each in together]), tensor)

    def __iter__(self) -> Iterator[Feeds]:
        return (self.feeds(index) for index in range(len(self)))

    def digests(self) -> list[str]:
        """sha256 of each item's raw values: equal digests, the same item."""
        hashes = [hashlib.sha256() for _ in range(len(self))]
        for name in sorted(self.inputs):
            for item, values in zip(hashes, self.inputs[name], strict=True):
                item.update(np.ascontiguousarray(values).tobytes())
        return [item.hexdigest() for item in hashes]


def read_samples(source: DataSource, folder: Path, tensors: Sequence[Tensor]) -> Samples:
    """Read a data source for a model with these inputs. Relative paths start at `folder`.

    Raises:
        ConfigError: no items, labels or slices of another length, an input without data, a wrong label type.
        InputRejected: a file that is damaged or holds pickles.
    """
    raw = read_raw(source, folder)
    name = source.path or source.python
    if source.cluster is not None and source.path is not None and raw.clusters is None:
        raise ConfigError(f"{name}: `cluster` names a column, an array or a key, and such data has none")
    inputs = {tensor.name: chosen(raw, tensor, tensors, source) for tensor in tensors}
    counts = {key: len(values) for key, values in inputs.items()}
    items = min(counts.values(), default=0)
    if len(set(counts.values())) > 1:
        raise ConfigError(f"{name}: inputs of different length: {counts}")
    if items == 0:
        raise ConfigError(f"{name}: no items")
    known = known_classes(raw, source, folder)
    labels = Labels() if raw.labels is None else labels_of(np.asarray(raw.labels), known, f"{name}: labels")
    for what, values in (("labels", labels.values), ("slices", raw.slices), ("clusters", raw.clusters)):
        if values is not None and len(values) != items:
            raise ConfigError(f"{name}: {len(values)} {what} for {items} items; each item needs exactly one")
    count = min(items, source.limit or items)
    return Samples(
        inputs={key: values[:count] for key, values in inputs.items()},
        labels=None if labels.values is None else labels.values[:count],
        slices=names_of(raw.slices, count),
        clusters=names_of(raw.clusters, count),
        source=source,
        tensors=tuple(tensors),
        classes=labels.classes,
        are_mapped=labels.are_mapped,
    )


def names_of(values: Array | None, count: int) -> tuple[str, ...]:
    return () if values is None else tuple(writable(str(part)) for part in values[:count])


def known_classes(raw: Raw, source: DataSource, folder: Path) -> Mapping[str, int]:
    """Name -> index: the source's own, or the class map's beside it."""
    return raw.classes or (class_map(folder / source.classes) if source.classes is not None else {})


def chosen(raw: Raw, tensor: Tensor, tensors: Sequence[Tensor], source: DataSource) -> Array:
    """The array that feeds an input: the mapped one, the one of its name, or the only one there is."""
    key = source.inputs.get(tensor.name, tensor.name)
    if key in raw.cells and tensor.dtype == TEXT:  # as it is written: "007" stays "007"
        return np.array(raw.cells[key], dtype=np.str_)[:, None]
    if len(tensors) > 1 and key in raw.columns:  # a model with an input a column
        return raw.columns[key]
    if key in raw.inputs:
        return raw.inputs[key]
    if tensor.name not in source.inputs and len(raw.inputs) == len(tensors) == 1:
        return next(iter(raw.inputs.values()))
    held = ", ".join(sorted({*raw.inputs, *raw.columns})) or "no inputs"
    raise ConfigError(
        f"{source.path or source.python}: nothing for model input {tensor.name!r}; it holds {held}: "
        f"map them with `inputs: {{{tensor.name}: ...}}`"
    )


def preprocess(values: Array, source: DataSource) -> Array:
    """(value * scale - mean) / std in float32 for one item; untouched where nothing is asked."""
    if source.scale is None and source.mean is None and source.std is None:
        return values
    try:
        result: Floats = values.astype(np.float32)
    except (TypeError, ValueError) as problem:
        raise ConfigError(f"scale, mean and std are for numbers, an item has {values.dtype}: {problem}") from problem
    if source.scale is not None:
        result = result * np.float32(source.scale)
    if source.mean is not None:
        result = result - per_channel(source.mean, result, source)
    if source.std is not None:
        result = result / per_channel(source.std, result, source)
    return result


def per_channel(numbers: tuple[float, ...], values: Array, source: DataSource) -> Floats:
    constant = np.asarray(numbers, np.float32)
    if len(numbers) == 1:
        return constant
    axis = -1 if source.layout == "nhwc" else 0
    if values.ndim == 0 or len(numbers) != values.shape[axis]:
        raise ConfigError(f"mean or std has {len(numbers)} values, an item has shape {values.shape} ({source.layout})")
    return constant if axis else constant.reshape(-1, *([1] * (values.ndim - 1)))


def packed(tensor: Tensor, values: Array) -> int:
    """Items that a fixed batch takes at once: more than 1 where the (n, ...) items have no dimension for it."""
    first = tensor.shape[0] if tensor.shape else None
    lacks = tensor.shape is not None and values.ndim == len(tensor.shape)
    return first if isinstance(first, int) and lacks and first > 1 else 1


def shaped(values: Array, tensor: Tensor) -> Array:
    """One item as (1, ...) in the tensor's dtype; refuses a shape the model cannot take."""
    item = values[None] if lacks_batch(values, tensor) else values
    if tensor.shape is not None:
        fixed = [(size, own) for size, own in zip(tensor.shape, item.shape, strict=False) if isinstance(size, int)]
        if len(item.shape) != len(tensor.shape) or any(size != own for size, own in fixed):
            has = "x".join(map(str, item.shape)) or "one number"
            raise ConfigError(f"input {tensor.name!r} takes {tensor.shape_text}, an item has {has}")
    # np.ascontiguousarray would make (1,) of a scalar
    return np.require(cast(item, tensor.dtype, f"input {tensor.name!r}"), requirements="C")


def lacks_batch(item: Array, tensor: Tensor) -> bool:
    """An item of a model whose shape is not known is given a batch of 1, as every other is."""
    return tensor.shape is None or item.ndim == len(tensor.shape) - 1
