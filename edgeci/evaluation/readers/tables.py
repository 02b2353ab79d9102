"""Which columns of a table are labels, slices and inputs."""

from pathlib import Path

import numpy as np

from edgeci.errors import ConfigError
from edgeci.evaluation.arrays import Array
from edgeci.evaluation.readers.cells import Cells
from edgeci.evaluation.readers.raw import Raw
from edgeci.types import DataSource


def dealt(table: Cells, path: Path, source: DataSource) -> Raw:
    """Without `inputs`, all but labels and slices: each under its name, and of numbers only, one (n, columns) input.

    A group of columns in `inputs` is one input; a column that is mapped alone may be of texts, whatever they look like.
    """
    names = [name for name in table.texts if name not in (source.labels, source.slices)]
    groups = {key: group(key, table) for key in source.inputs.values()}
    columns = {} if groups else {name: table.column(name)[:, None] for name in names}
    inputs = {key: joined(columns_of, table) for key, columns_of in groups.items()}
    if not groups:
        inputs = {path.stem: joined(names, table)} if table.numbers.keys() >= set(names) else dict(columns)
    labels = table.column(source.labels) if source.labels in table.texts else None
    if source.slices is not None and source.slices not in table.texts:
        raise ConfigError(f"{path}: no {source.slices!r} for slices; it holds {', '.join(table.texts)}")
    slices = None if source.slices is None else np.array(table.texts[source.slices], dtype=np.str_)
    return Raw(inputs, labels, slices, columns=columns, cells=table.texts)


def group(key: str, table: Cells) -> list[str]:
    """The columns that a value of `inputs` names."""
    return [key] if key in table.texts else [name.strip() for name in key.split(",")]


def joined(names: list[str], table: Cells) -> Array:
    """(n, columns).

    Raises:
        ConfigError: as `column`, or numbers and texts, which are never one array.
    """
    columns = {name: table.column(name, is_text=len(names) == 1) for name in names}
    texts = [name for name, values in columns.items() if values.dtype.kind == "U"]
    if len(names) > 1 and texts:
        raise ConfigError(f"{table.path}: column {texts[0]!r} is text, which cannot be one input with others")
    return np.stack(list(columns.values()), axis=1) if names else np.empty((len(table.lines), 0))
