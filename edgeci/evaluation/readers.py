"""Read items from npz, npy, CSV, JSON lines, an image folder or a Python function. Pickles are refused."""

import csv
import importlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from io import BufferedReader, TextIOWrapper
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edgeci.errors import ConfigError, EdgeciError, InputRejected
from edgeci.evaluation.data_files import entries, is_folder, opened_data
from edgeci.plain_json import parsed_line
from edgeci.types import DataSource

Array = npt.NDArray[Any]

IMAGES = ("AVIF", "BMP", "GIF", "JPEG", "JPEG2000", "PNG", "PPM", "TIFF", "WEBP")
"""What is opened as an image. Pillow knows more, but for EPS it would start Ghostscript."""
MOST_PIXELS = 25_000_000
"""Of one image; a few hundred bytes can claim to be as many as there is memory."""


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
        InputRejected: no regular file, a damaged one, or one that needs a pickle.
    """
    if source.python is not None:
        return from_function(source, folder)
    assert source.path is not None
    path = folder / source.path
    if is_folder(path):
        return from_images(path, source)
    readers: dict[str, Callable[[BufferedReader, Path, DataSource], Raw]]
    readers = {".npz": from_npz, ".npy": from_npy, ".csv": from_csv, ".jsonl": from_jsonl}
    with opened_data(path) as stream:
        if path.suffix not in readers:
            raise ConfigError(f"{path}: unknown kind of data; use {', '.join(sorted(readers))} or an image folder")
        return readers[path.suffix](stream, path, source)


def from_npz(stream: BufferedReader, path: Path, source: DataSource) -> Raw:
    try:
        with np.load(stream, allow_pickle=False) as archive:
            arrays = {key: plain(archive[key]) for key in archive.files}
    except Exception as problem:
        raise InputRejected(f"{path}: not a readable npz of plain arrays ({problem})") from problem
    return split(arrays, path, source)


def plain(array: Any) -> Array:
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
    """Labels and slices apart, the rest are inputs."""
    if source.slices is not None and source.slices not in arrays:
        raise ConfigError(f"{path}: no {source.slices!r} for slices; it holds {', '.join(sorted(arrays))}")
    kept = {key: array for key, array in arrays.items() if key not in (source.labels, source.slices, "slices")}
    return Raw(kept, arrays.get(source.labels), None if source.slices is None else arrays[source.slices])


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


def from_csv(stream: BufferedReader, path: Path, source: DataSource) -> Raw:
    """Numeric columns with a header. Without `inputs`, all but labels and slices form one (n, columns) input."""
    rows: list[tuple[int, dict[str, Any]]] = []
    reader = csv.DictReader(TextIOWrapper(stream, newline="", encoding="utf-8-sig"), strict=True, restkey="")
    try:
        for row in reader:
            if len(row) > len(reader.fieldnames or ()):
                raise ConfigError(f"{path}:{reader.line_num}: more values than the header has columns")
            rows.append((reader.line_num, row))
    except (csv.Error, OSError, UnicodeDecodeError) as problem:
        raise InputRejected(f"{path}:{reader.line_num + 1}: not CSV in UTF-8 ({problem})") from problem
    if not rows:
        raise ConfigError(f"{path}: no rows under the header")
    header = list(rows[0][1])
    if len(header) < len(reader.fieldnames or ()):
        raise ConfigError(f"{path}:1: two columns have one name")
    names = [name for name in header if name not in (source.labels, source.slices)]
    groups = {key: key.split(",") for key in source.inputs.values()} or {path.stem: names}
    arrays = {key: numbers(rows, columns, path) for key, columns in groups.items()}
    if source.labels in header:
        arrays[source.labels] = numbers(rows, [source.labels], path)[:, 0]
    if source.slices is not None and source.slices in header:
        arrays[source.slices] = np.array([str(row[source.slices]) for _, row in rows])
    return split(arrays, path, source)


def numbers(rows: list[tuple[int, dict[str, Any]]], columns: list[str], path: Path) -> Array:
    """(n, columns) float64; an error names the line (the header is line 1)."""
    values = np.empty((len(rows), len(columns)))
    for index, (line, row) in enumerate(rows):
        try:
            values[index] = [float(row[column]) for column in columns]
        except KeyError as problem:
            raise ConfigError(f"{path}:1: no column {problem.args[0]!r}") from problem
        except (TypeError, ValueError) as problem:
            raise ConfigError(f"{path}:{line}: not a number in columns {', '.join(columns)}") from problem
    return values


def from_jsonl(stream: BufferedReader, path: Path, source: DataSource) -> Raw:
    """One object a line; its keys hold numbers or nested lists of one shape."""
    rows: list[dict[str, Array]] = []
    for number, line in enumerate(stream.read().removesuffix(b"\n").split(b"\n"), start=1):
        row = parsed_line(line, f"{path}:{number}")
        if not isinstance(row, dict) or (rows and row.keys() != rows[0].keys()):
            raise ConfigError(f"{path}:{number}: not an object with the keys of line 1")
        rows.append({key: nested(value, f"{path}:{number}: {key!r}") for key, value in row.items()})
        for key, value in rows[-1].items():
            if value.shape != rows[0][key].shape:
                raise ConfigError(f"{path}:{number}: {key!r} has shape {value.shape}, in line 1 {rows[0][key].shape}")
    return split({key: np.array([row[key] for row in rows]) for key in rows[0]}, path, source)


def nested(value: Any, what: str) -> Array:
    """Nested lists of numbers, or a text, as an array."""
    try:
        array = np.array(value)
    except ValueError as problem:
        raise ConfigError(f"{what} is a list with rows of different length") from problem
    if array.dtype.kind not in "iufbU":
        raise ConfigError(f"{what} is neither numbers nor text")
    return array


def from_images(folder: Path, source: DataSource) -> Raw:
    """One sub-folder a class, in alphabetical order; the class's index is the label."""
    classes = [entry for entry in entries(folder) if is_folder(entry)]
    files = [(index, file) for index, entry in enumerate(classes) for file in entries(entry)]
    if not files:
        raise ConfigError(f"{folder}: no class folders with images")
    images = [one_image(file, source) for _, file in files]
    if len({image.shape for image in images}) > 1:
        raise ConfigError(f"{folder}: images of different sizes; set `resize: [height, width]`")
    labels = np.array([index for index, _ in files])
    names = np.array([classes[index].name for index, _ in files])
    return Raw({folder.name: np.stack(images)}, labels, names if source.slices else None)


def one_image(file: Path, source: DataSource) -> Array:
    from PIL import Image

    Image.init()  # not every build of Pillow knows every format
    with opened_data(file) as stream:
        try:
            with Image.open(stream, formats=[name for name in IMAGES if name in Image.OPEN]) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise ValueError(f"{image.width} x {image.height} pixels, more than {MOST_PIXELS}; make it smaller")
                return pixels(image, source)
        except Exception as problem:
            raise InputRejected(f"{file}: not a readable image ({problem})") from problem


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
    answer = called(source.python or "", folder)
    try:
        inputs, labels, slices = answer
        arrays = {str(key): plain(np.asarray(array)) for key, array in dict(inputs).items()}
        beside = [None if part is None else plain(np.asarray(part)) for part in (labels, slices)]
    except (TypeError, ValueError) as problem:
        raise ConfigError(
            f"{source.python}: must return (inputs, labels or None, slices or None): {problem}"
        ) from problem
    return Raw(arrays, *beside)


def called(function: str, folder: Path) -> Any:
    """What a function of the project's own returns; it may raise whatever it likes."""
    module, _, name = function.partition(":")
    sys.path.insert(0, str(folder))
    try:
        made = getattr(importlib.import_module(module), name)
    except Exception as problem:
        raise ConfigError(f"{function}: cannot be imported from {folder} ({problem})") from problem
    finally:
        sys.path.remove(str(folder))
    try:
        return made()
    except EdgeciError:
        raise
    except Exception as problem:
        raise ConfigError(f"{function}: raised {type(problem).__name__}: {problem}") from problem
