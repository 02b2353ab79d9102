"""Arrays as a source stores them, before they are shaped for a model."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from edgeci.errors import ConfigError
from edgeci.evaluation.arrays import Array
from edgeci.types import DataSource


@dataclass(frozen=True)
class Raw:
    """Arrays as stored: inputs by key (n, ...), labels (n, ...) and slices (n,) where there are any."""

    inputs: dict[str, Array]
    labels: Array | None = None
    slices: Array | None = None
    clusters: Array | None = field(default=None, kw_only=True)
    """What each item belongs to (n,)."""
    classes: Mapping[str, int] = field(default_factory=dict, kw_only=True)
    """Which index a class by name has in the labels, where the source names classes."""
    columns: Mapping[str, Array] = field(default_factory=dict, kw_only=True)
    """Of a table without `inputs`: each column (n, 1), for models that have an input a column."""
    cells: Mapping[str, Sequence[str]] = field(default_factory=dict, kw_only=True)
    """Of a table in text: each column as it was written, for inputs that are texts and look like numbers."""


def plain(array: object) -> Array:
    """One value an item: an array with a first dimension (a file in an npz that is no array comes as bytes)."""
    if not isinstance(array, np.ndarray) or array.ndim == 0:
        raise ValueError("something in it is not a list of items")
    if array.dtype.kind == "U" and array.nbytes and code_points(array).max() > sys.maxunicode:
        raise ValueError("a text in it holds what is no character")
    return array


def code_points(texts: Array) -> Array:
    """NumPy keeps any 32 bits as a character, until somebody reads it."""
    return np.ascontiguousarray(texts).view(f"{texts.dtype.byteorder}u4")


def split(arrays: dict[str, Array], path: Path, source: DataSource) -> Raw:
    """Labels, slices and clusters apart, the rest are inputs."""
    slices, clusters = named_in(arrays, path, source)
    apart = (source.labels, source.slices, source.cluster, "slices")
    kept = {key: array for key, array in arrays.items() if key not in apart}
    return Raw(kept, arrays.get(source.labels), slices, clusters=clusters)


def named_in(arrays: Mapping[str, Array], path: Path, source: DataSource) -> list[Array | None]:
    """The slices and the clusters, where the source names some.

    Raises:
        ConfigError: no array of that name.
    """
    for what, name in (("slices", source.slices), ("cluster", source.cluster)):
        if name is not None and name not in arrays:
            raise ConfigError(f"{path}: no {name!r} for {what}; it holds {', '.join(sorted(arrays))}")
    return [None if name is None else arrays[name] for name in (source.slices, source.cluster)]
