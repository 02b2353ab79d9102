"""Which columns of a table are labels, slices and inputs."""

from pathlib import Path

import numpy as np

from edgeci.errors import ConfigError
from edgeci.evaluation.arrays import Array
from edgeci.evaluation.readers.cells import Cells
from edgeci.evaluation.readers.raw import Raw, named_in
from edgeci.types import DataSource


def dealt(table: Cells, path: Path, source: DataSource) -> Raw:
    """Without `inputs`, all but labels, slices and clusters: each under its name; of numbers only, one (n, columns).

    A group of columns in `inputs` is one input; a column that is mapped alone may be of texts, whatever they look like.
    """
    names = [name for name in table.texts if name not in (source.labels, source.slices, source.cluster)]
    groups = {key: group(key, table) for key in source.inputs.values()}
    columns = {} if groups else {name: table.column(name)[:, None] for name in names}
    inputs = {key: joined(columns_of, table) for key, columns_of in groups.items()}
    if not groups:
        inputs = {path.stem: joined(names, table)} if table.numbers.keys() >= set(names) else dict(columns)
    labels = table.column(source.labels) if source.labels in table.texts else None
    names_apart = [name for name in (source.slices, source.cluster) if name is not None and name in table.texts]
    apart: dict[str, Array] = {name: np.array(table.texts[name], dtype=np.str_) for name in names_apart}
    slices, clusters = named_in(apart, path, source)
    return Raw(inputs, labels, slices, clusters=clusters, columns=columns, cells=table.texts)


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
