"""Error rates of sequences: a row is (edits, length of the label)."""

import numpy as np
import numpy.typing as npt

from edgeci.statistics.sets.division import divided

Floats = npt.NDArray[np.float64]
Row = tuple[float, ...]


def rate(table: Floats, weights: Floats) -> Floats:
    """Edits of all items / length of all labels: long items weigh more, as in NIST's sclite."""
    edits, length = (weights @ table).T
    return divided(edits, length)


def wrong(row: Row) -> Row:
    """Nothing of it was read."""
    return max(row[0], row[1]), row[1]


def right(row: Row) -> Row:
    return 0.0, row[1]
