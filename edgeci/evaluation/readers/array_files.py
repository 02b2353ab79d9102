"""Items in NumPy's own files: an npz of several arrays, or npy files beside one another."""

from io import BufferedReader
from pathlib import Path

import numpy as np

from edgeci.errors import ConfigError, InputRejected
from edgeci.evaluation.arrays import Array
from edgeci.evaluation.data_files import opened_data
from edgeci.evaluation.readers.raw import Raw, plain, split
from edgeci.types import DataSource


def from_npz(stream: BufferedReader, path: Path, source: DataSource) -> Raw:
    try:
        with np.load(stream, allow_pickle=False) as archive:
            arrays = {key: plain(archive[key]) for key in archive.files}
    except Exception as problem:
        raise InputRejected(f"{path}: not a readable npz of plain arrays ({problem})") from problem
    return split(arrays, path, source)


def from_npy(stream: BufferedReader, path: Path, source: DataSource) -> Raw:
    """One array; `labels: labels.npy` and `slices: slices.npy` name files beside it."""
    labels = source.labels if source.labels.endswith(".npy") else None
    beside = (beside_npy(path.parent / name) if name else None for name in (labels, source.slices))
    return Raw({path.stem: one_array(stream, path)}, *beside)


def beside_npy(path: Path) -> Array:
    try:
        stream = opened_data(path)
    except ConfigError as problem:
        raise ConfigError(f"{problem}; labels and slices of an npy are npy files beside it") from problem
    with stream:
        return one_array(stream, path)


def one_array(stream: BufferedReader, path: Path) -> Array:
    try:
        return plain(np.load(stream, allow_pickle=False))
    except Exception as problem:
        raise InputRejected(f"{path}: not a readable npy of plain numbers ({problem})") from problem
