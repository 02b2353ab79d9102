"""Read items from npz, npy, CSV, JSON lines, Parquet, Arrow, image folders or a Python function; never from pickles."""

from collections.abc import Callable
from io import BufferedReader
from pathlib import Path

from edgeci.errors import ConfigError
from edgeci.evaluation.data_files import is_folder, opened_data
from edgeci.evaluation.readers.annotated import from_annotated, is_annotated
from edgeci.evaluation.readers.array_files import from_npy, from_npz
from edgeci.evaluation.readers.arrow_files import from_arrow, from_folder, from_parquet, is_data_set
from edgeci.evaluation.readers.csv_files import from_csv
from edgeci.evaluation.readers.functions import from_function
from edgeci.evaluation.readers.images import class_folders, from_images
from edgeci.evaluation.readers.json_lines import from_jsonl
from edgeci.evaluation.readers.raw import Raw
from edgeci.types import DataSource

__all__ = ["Raw", "class_indices", "read_raw"]

READERS: dict[str, Callable[[BufferedReader, Path, DataSource], Raw]] = {
    ".arrow": from_arrow,
    ".csv": from_csv,
    ".feather": from_arrow,
    ".jsonl": from_jsonl,
    ".npy": from_npy,
    ".npz": from_npz,
    ".parquet": from_parquet,
}


def read_raw(source: DataSource, folder: Path) -> Raw:
    """Read by the kind of source.

    Raises:
        ConfigError: missing file, unknown kind, missing key.
        BackendMissing: Parquet or Arrow, and no pyarrow to read it.
        InputRejected: no regular file, a damaged one, or one that needs a pickle.
    """
    if source.python is not None:
        return from_function(source, folder)
    assert source.path is not None
    path = folder / source.path
    if is_folder(path) and is_data_set(path):
        return from_folder(path, source)
    if is_annotated(path, source):
        return from_annotated(path, source, folder)
    if is_folder(path):
        return from_images(path, source, folder)
    with opened_data(path) as stream:
        if path.suffix not in READERS:
            raise ConfigError(f"{path}: unknown kind of data; use {', '.join(READERS)} or an image folder")
        return READERS[path.suffix](stream, path, source)


def class_indices(source: DataSource, folder: Path) -> dict[str, int]:
    """Which index each class by name has in the labels; empty where the source names no classes.

    Raises:
        ConfigError, InputRejected: as `read_raw`.
    """
    path = None if source.path is None else folder / source.path
    if path is None or not is_folder(path) or is_data_set(path) or is_annotated(path, source):
        return {}
    return class_folders(path, source, folder)
