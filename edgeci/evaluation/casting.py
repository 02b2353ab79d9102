"""Numbers and texts in the element type that a model takes; a value is never changed on the way, other than rounded."""

import numpy as np

from edgeci.errors import ConfigError
from edgeci.evaluation.arrays import Array

TEXT = "string"
"""ONNX's name of an element type that NumPy keeps as an object."""
NUMBERS = "iufb"
REMEDY = "store the values as the model takes them, or bring them there with `scale`, `mean` and `std`"


def cast(values: Array, dtype: str, what: str) -> Array:
    """The same values as `dtype`; between floating-point types they are rounded, and nothing else happens to any.

    Raises:
        ConfigError: a value would change (0.7 to 0, 300 to 44, 70000 to infinity), or there is no such type here.
    """
    if dtype == TEXT or values.dtype.kind in "USO":
        return texts(values, dtype, what)
    try:
        wanted = np.dtype(dtype)
    except TypeError as problem:
        raise ConfigError(f"{what} takes {dtype}, which nothing here can make of {values.dtype}") from problem
    if values.dtype == wanted:
        return values
    if values.dtype.kind not in NUMBERS or wanted.kind not in NUMBERS:
        raise ConfigError(f"{what} takes {dtype}, an item has {values.dtype}")
    with np.errstate(all="ignore"):
        made = values.astype(wanted)
        changed = lost(values, made)
    if changed.any():
        place = tuple(int(index[0]) for index in np.nonzero(changed)) if values.ndim else ()
        raise ConfigError(
            f"{what} takes {dtype}, and the data's {values[place]:g} ({values.dtype}) would become {made[place]:g}; "
            f"{REMEDY}"
        )
    return made


def lost(values: Array, made: Array) -> Array:
    """Where a value is another one afterwards."""
    if made.dtype.kind == "f":
        return np.asarray(np.isinf(made) & np.isfinite(values))
    return np.asarray(made != values)


def texts(values: Array, dtype: str, what: str) -> Array:
    if dtype != TEXT or values.dtype.kind not in "USO":
        raise ConfigError(f"{what} takes {dtype}, an item has {'text' if values.dtype.kind in 'USO' else values.dtype}")
    return values.astype(object)
