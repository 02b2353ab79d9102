"""Read items from npz, npy, CSV, JSON lines, an image folder or a Python function. Pickles are refused."""

import csv
import importlib
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from edgeci.errors import ConfigError, InputRejected
from edgeci.types import DataSource

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Raw:
    """Arrays as stored: inputs by key (n, ...), labels (n, ...) and slices (n,) where there are any."""

    inputs: dict[str, Array]
    labels: Array | None = None
    slices: Array | None = None


def read_raw(source: DataSource, folder: Path) -> Raw:
    """Read by the kind of source.

    Raises:
        ConfigError: missing file, unknown kind, missing key.
        InputRejected: damaged file or one that needs a pickle.
    """
    if source.python is not None:
        return from_function(source, folder)
    assert source.path is not None
    path = folder / source.path
    if not path.exists():
        raise ConfigError(f"{path}: not there; paths start at the folder of edgeci.yaml")
    if path.is_dir():
        return from_images(path, source)
    readers = {".npz": from_npz, ".npy": from_npy, ".csv": from_csv, ".jsonl": from_jsonl}
    if path.suffix not in readers:
        raise ConfigError(f"{path}: unknown kind of data; use {', '.join(sorted(readers))} or an image folder")
    return readers[path.suffix](path, source)


def from_npz(path: Path, source: DataSource) -> Raw:
    try:
        with np.load(path, allow_pickle=False) as archive:
            return split({key: archive[key] for key in archive.files}, path, source)
    except (ValueError, OSError, EOFError, BadZipFile, AttributeError, TypeError) as problem:
        raise InputRejected(f"{path}: not a readable npz of plain arrays ({problem})") from problem


def split(arrays: dict[str, Array], path: Path, source: DataSource) -> Raw:
    """Labels and slices apart, the rest are inputs."""
    if source.slices is not None and source.slices not in arrays:
        raise ConfigError(f"{path}: no {source.slices!r} for slices; it holds {', '.join(sorted(arrays))}")
    kept = {key: array for key, array in arrays.items() if key not in (source.labels, source.slices, "slices")}
    return Raw(kept, arrays.get(source.labels), None if source.slices is None else arrays[source.slices])


def from_npy(path: Path, source: DataSource) -> Raw:
    """One array; `labels: labels.npy` names a second file beside it."""
    try:
        array = np.load(path, allow_pickle=False)
        beside = path.parent / source.labels
        labels = np.load(beside, allow_pickle=False) if beside.suffix == ".npy" else None
    except (ValueError, OSError, EOFError) as problem:
        raise InputRejected(f"{path}: not a readable npy of plain numbers ({problem})") from problem
    return Raw({path.stem: array}, labels)


def from_csv(path: Path, source: DataSource) -> Raw:
    """Numeric columns with a header. Without `inputs`, all but labels and slices form one (n, columns) input."""
    with path.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream, strict=True))
    if not rows:
        raise ConfigError(f"{path}: no rows under the header")
    names = [name for name in rows[0] if name not in (source.labels, source.slices)]
    groups = {key: key.split(",") for key in source.inputs.values()} or {path.stem: names}
    arrays = {key: numbers(rows, columns, path) for key, columns in groups.items()}
    if source.labels in rows[0]:
        arrays[source.labels] = numbers(rows, [source.labels], path)[:, 0]
    if source.slices is not None and source.slices in rows[0]:
        arrays[source.slices] = np.array([row[source.slices] for row in rows])
    return split(arrays, path, source)


def numbers(rows: list[dict[str, Any]], columns: list[str], path: Path) -> Array:
    """(n, columns) float64; an error names the line (the header is line 1)."""
    values = np.empty((len(rows), len(columns)))
    for index, row in enumerate(rows):
        try:
            values[index] = [float(row[column]) for column in columns]
        except KeyError as problem:
            raise ConfigError(f"{path}:1: no column {problem.args[0]!r}") from problem
        except (TypeError, ValueError) as problem:
            raise ConfigError(f"{path}:{index + 2}: not a number in columns {', '.join(columns)}") from problem
    return values


def from_jsonl(path: Path, source: DataSource) -> Raw:
    """One object a line; its keys hold numbers or nested lists of one shape."""
    rows: list[dict[str, Any]] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            row = json.loads(line)
        except ValueError as problem:
            raise ConfigError(f"{path}:{number}: not JSON ({problem})") from problem
        if not isinstance(row, dict) or (rows and row.keys() != rows[0].keys()):
            raise ConfigError(f"{path}:{number}: not an object with the keys of line 1")
        rows.append(row)
    if not rows:
        raise ConfigError(f"{path}: no lines")
    try:
        return split({key: np.array([row[key] for row in rows]) for key in rows[0]}, path, source)
    except ValueError as problem:
        raise ConfigError(f"{path}: items of different shapes ({problem})") from problem


def from_images(folder: Path, source: DataSource) -> Raw:
    """One sub-folder a class, in alphabetical order; the class's index is the label."""
    from PIL import Image, UnidentifiedImageError

    classes = sorted(entry for entry in folder.iterdir() if entry.is_dir())
    files = [(index, file) for index, entry in enumerate(classes) for file in sorted(entry.iterdir())]
    if not files:
        raise ConfigError(f"{folder}: no class folders with images")
    images = []
    for _, file in files:
        try:
            with Image.open(file) as image:
                images.append(pixels(image, source))
        except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as problem:
            raise InputRejected(f"{file}: not a readable image ({problem})") from problem
    if len({image.shape for image in images}) > 1:
        raise ConfigError(f"{folder}: images of different sizes; set `resize: [height, width]`")
    labels = np.array([index for index, _ in files])
    names = np.array([classes[index].name for index, _ in files])
    return Raw({folder.name: np.stack(images)}, labels, names if source.slices else None)


def pixels(image: Any, source: DataSource) -> Array:
    """uint8 in the wanted layout: (channels, height, width) or (height, width, channels)."""
    converted = image.convert("RGB" if source.color == "rgb" else "L")
    if source.resize is not None:
        converted = converted.resize((source.resize[1], source.resize[0]))
    values = np.asarray(converted)
    values = values[:, :, None] if values.ndim == 2 else values
    return values.transpose(2, 0, 1) if source.layout == "nchw" else values


def from_function(source: DataSource, folder: Path) -> Raw:
    """Call `module:function`; the module is looked for beside edgeci.yaml too."""
    assert source.python is not None
    module, _, name = source.python.partition(":")
    sys.path.insert(0, str(folder))
    try:
        inputs, labels, slices = getattr(importlib.import_module(module), name)()
    except (ImportError, AttributeError) as problem:
        raise ConfigError(f"{source.python}: cannot be imported from {folder} ({problem})") from problem
    except (TypeError, ValueError) as problem:
        raise ConfigError(
            f"{source.python}: must return (inputs, labels or None, slices or None): {problem}"
        ) from problem
    finally:
        sys.path.remove(str(folder))
    return Raw(
        {key: np.asarray(array) for key, array in inputs.items()},
        None if labels is None else np.asarray(labels),
        None if slices is None else np.asarray(slices),
    )
