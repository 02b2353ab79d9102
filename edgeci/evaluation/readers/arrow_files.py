"""Items in Parquet and Arrow files, and in folders of either, as Hugging Face `datasets` saves them (pyarrow)."""

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Any

import numpy as np

from edgeci.errors import BackendMissing, ConfigError, EdgeciError, InputRejected
from edgeci.evaluation.arrays import Array
from edgeci.evaluation.data_files import entries, opened_data
from edgeci.evaluation.readers.images import refuse_different
from edgeci.evaluation.readers.pictures import picture
from edgeci.evaluation.readers.raw import Raw, split
from edgeci.plain_json import read_object
from edgeci.types import DataSource

Table = Any
"""A pyarrow.Table: pyarrow is known only where it may be imported."""
Column = Any
"""A pyarrow.Array without chunks."""
STATE, SPLITS = "state.json", "dataset_dict.json"
"""What `save_to_disk` writes beside a data set, and beside the folders of its splits."""
MOST_STATE_BYTES = 2**24
PICTURE = {"bytes", "path"}
"""Fields in which `datasets` keeps a picture."""
PANDAS_INDEX = "__index_level_"
"""How a column is called that pandas added, which is the number of a row and no value of it."""


def from_parquet(stream: BufferedReader, path: Path, source: DataSource) -> Raw:
    return from_tables([parquet(stream, path)], path, source)


def from_arrow(stream: BufferedReader, path: Path, source: DataSource) -> Raw:
    return from_tables([arrow(stream, path)], path, source)


def is_data_set(folder: Path) -> bool:
    """Whether it holds tables rather than pictures."""
    return any(entry.name in (STATE, SPLITS) or entry.suffix == ".parquet" for entry in entries(folder))


def from_folder(folder: Path, source: DataSource) -> Raw:
    """The files that `state.json` names, or every Parquet file in alphabetical order.

    Raises:
        ConfigError: a folder of several splits.
        InputRejected: damaged, or naming files that lie elsewhere.
    """
    names = {entry.name for entry in entries(folder)}
    if SPLITS in names:
        splits = ", ".join(entry.name for entry in entries(folder) if entry.is_dir())
        raise ConfigError(f"{folder}: a data set of splits ({splits}); name the folder of one")
    if STATE not in names:
        files = [folder / name for name in sorted(names) if name.endswith(".parquet")]
        return from_tables([opened_table(file, parquet) for file in files], folder, source)
    return from_tables([opened_table(file, arrow) for file in named_files(folder)], folder, source)


def named_files(folder: Path) -> list[Path]:
    state = read_object(folder / STATE, MOST_STATE_BYTES)
    files = state.get("_data_files")
    given = [file.get("filename") for file in files if isinstance(file, dict)] if isinstance(files, list) else []
    names = [name for name in given if isinstance(name, str) and name and Path(name).name == name]
    if not names or len(names) < len(given):
        raise InputRejected(f"{folder / STATE}: names no files of this folder; save the data set again")
    if state.get("_indices_files"):
        raise ConfigError(f"{folder}: a selection of a data set; save it with `flatten_indices()`")
    return [folder / name for name in names]


def opened_table(path: Path, read: Callable[[BufferedReader, Path], Table]) -> Table:
    with opened_data(path) as stream:
        return read(stream, path)


def parquet(stream: BufferedReader, path: Path) -> Table:
    with explained(path, "Parquet"):
        from pyarrow.parquet import read_table

        return read_table(stream, use_threads=False)


def arrow(stream: BufferedReader, path: Path) -> Table:
    """A file or a stream of Arrow's (`datasets` writes streams)."""
    with explained(path, "Arrow"):
        import pyarrow

        is_file = stream.peek(6)[:6] == b"ARROW1"
        opened = pyarrow.ipc.open_file(stream) if is_file else pyarrow.ipc.open_stream(stream)
        table = opened.read_all()
        table.validate(full=True)
        return table


@contextmanager
def explained(path: Path, kind: str) -> Iterator[None]:
    """What pyarrow, or its absence, raises as one of edgeci's errors."""
    try:
        yield
    except EdgeciError:
        raise
    except ImportError as problem:
        remedy = f"{sys.executable} -m pip install pyarrow"  # a backend's environment has no extras of edgeci's
        raise BackendMissing(f"{path}: {kind} is read with pyarrow ({problem}); {remedy}") from problem
    except Exception as problem:
        raise InputRejected(
            f"{path}: not readable {kind} ({(str(problem) or type(problem).__name__)[:200]})"
        ) from problem


def from_tables(tables: list[Table], path: Path, source: DataSource) -> Raw:
    """Each column one array. Without `inputs`, columns of single numbers form one (n, columns) input, as in a CSV."""
    with explained(path, "table"):
        arrays: dict[str, Array] = {}
        for name, column in merged(tables, path).items():
            if not name.startswith(PANDAS_INDEX):
                arrays |= values_of(column, f"{path}: column {name!r}", name, source)
    return gathered(arrays, path, source)


def merged(tables: list[Table], path: Path) -> dict[str, Column]:
    """Columns by name, of all files one after another.

    Raises:
        ConfigError: two columns of one name, or files whose columns differ.
    """
    import pyarrow

    names = tables[0].column_names
    if len(set(names)) < len(names):
        raise ConfigError(f"{path}: two columns have one name")
    if any(table.schema.names != names or table.schema.types != tables[0].schema.types for table in tables):
        raise ConfigError(f"{path}: its files have different columns")
    whole = pyarrow.concat_tables([table.replace_schema_metadata(None) for table in tables]).combine_chunks()
    return {name: one_chunk(whole.column(name)) for name in names}


def one_chunk(column: Any) -> Column:
    chunk = column.combine_chunks()
    return chunk.chunk(0) if hasattr(chunk, "chunk") else chunk


def values_of(column: Column, what: str, name: str, source: DataSource) -> dict[str, Array]:
    """The array of a column; of a struct those of its fields, called column.field."""
    import pyarrow

    if not pyarrow.types.is_struct(column.type):
        return {name: values(column, what)}
    fields = [column.type.field(index).name for index in range(column.type.num_fields)]
    if set(fields) == PICTURE:
        return {name: pictures(column, what, source)}
    refuse_nothing(column, what)
    arrays: dict[str, Array] = {}
    for field, inner in zip(fields, column.flatten(), strict=True):
        arrays |= values_of(inner, f"{what}, field {field!r}", f"{name}.{field}", source)
    return arrays


def values(column: Column, what: str) -> Array:
    """(n, ...) numbers or texts. A float that is not there is NaN; nothing else may be missing.

    Raises:
        ConfigError: something is missing, lists of different length, or neither numbers nor texts.
    """
    from pyarrow import FixedShapeTensorArray, types

    if isinstance(column, FixedShapeTensorArray):
        return np.asarray(column.to_numpy_ndarray())
    column = getattr(column, "storage", column)
    if types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if types.is_floating(column.type):
        return np.asarray(column.to_numpy(zero_copy_only=False))
    refuse_nothing(column, what)
    if types.is_list(column.type) or types.is_large_list(column.type) or types.is_fixed_size_list(column.type):
        return nested(column, what)
    if types.is_integer(column.type) or types.is_boolean(column.type):
        return np.asarray(column.to_numpy(zero_copy_only=False))
    if types.is_string(column.type) or types.is_large_string(column.type) or types.is_string_view(column.type):
        return np.array(column.to_pylist(), dtype=np.str_)
    raise ConfigError(f"{what} is {column.type}, neither numbers nor texts; convert it, or leave it out")


def nested(column: Column, what: str) -> Array:
    """Lists of one length as (n, length, ...)."""
    from pyarrow import compute

    lengths = compute.unique(compute.list_value_length(column)).to_pylist()
    if len(lengths) > 1:
        raise ConfigError(f"{what} has lists of {min(lengths)} to {max(lengths)} values; pad them to one length")
    inner = values(column.flatten(), what)
    return inner.reshape(len(column), lengths[0] if lengths else 0, *inner.shape[1:])


def refuse_nothing(column: Column, what: str) -> None:
    if column.null_count:
        row = column.is_null().to_pylist().index(True)
        raise ConfigError(f"{what} has nothing (null) in row {row}; fill it in, or leave the row out")


def pictures(column: Column, what: str, source: DataSource) -> Array:
    """Pictures whose files are in the table, decoded like those of an image folder."""
    images = []
    for row, value in enumerate(column.to_pylist()):
        content = None if value is None else value["bytes"]
        if not isinstance(content, bytes):
            raise ConfigError(f"{what}, row {row}: the picture's bytes are not in the table; save it with them")
        images.append(picture(io.BytesIO(content), f"{what}, row {row}", source))
    refuse_different(images, what)
    return np.stack(images) if images else np.empty((0,))


def gathered(arrays: dict[str, Array], path: Path, source: DataSource) -> Raw:
    """Each array an input; a group of columns that `inputs` names, or all where all are single numbers, one input."""
    raw = split(arrays, path, source)
    for key in source.inputs.values():
        names = [name.strip() for name in key.split(",")]
        if key not in raw.inputs and len(names) > 1 and raw.inputs.keys() >= set(names):
            raw.inputs[key] = np.stack([raw.inputs[name] for name in names], axis=1)
    if source.inputs:
        return raw
    columns = {name: array[:, None] for name, array in raw.inputs.items() if array.ndim == 1}
    numbers = [array for array in columns.values() if array.dtype.kind in "iufb"]
    is_table = len(numbers) == len(raw.inputs) > 0
    inputs = {path.stem: np.concatenate(numbers, axis=1)} if is_table else raw.inputs
    return Raw(inputs, raw.labels, raw.slices, clusters=raw.clusters, columns=columns)
