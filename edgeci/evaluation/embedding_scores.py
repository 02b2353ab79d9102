"""Raw numbers of an embedding model from its vectors: distance from the baseline's, and what retrieval finds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edgeci.evaluation.arrays import Array, Floats
from edgeci.evaluation.comparisons import cosine_distances, directions
from edgeci.types import Agreement


def defect(vector: Array) -> str | None:
    """Why this is no embedding; None where it is one."""
    if vector.ndim != 1 or not vector.size:
        return f"an embedding of shape {vector.shape}"
    if not np.isfinite(vector).all():
        return "the embedding holds NaN or infinity"
    if not vector.any():
        return "the embedding is zero everywhere"
    return None


@dataclass(frozen=True)
class Retrieved:
    """Of each query: the place of the nearest passage, that of its own, and how many come before its own."""

    nearest: list[float]
    own: list[float]
    before: list[int]


def retrieved(vectors: Floats, pairs: Sequence[tuple[int, int]]) -> Retrieved:
    """What each query finds by cosine among the different passages.

    Args:
        vectors: (texts, dimension).
        pairs: rows of a query and of its passage.
    """
    passages = list(dict.fromkeys(passage for _, passage in pairs))
    unit = directions(vectors.astype(np.float64))
    if not pairs:
        return Retrieved([], [], [])
    cosines = unit[[query for query, _ in pairs]] @ unit[passages].T
    places = {passage: place for place, passage in enumerate(passages)}
    own = [places[passage] for _, passage in pairs]
    mine = np.take_along_axis(cosines, np.array(own)[:, None], axis=1)
    nearest: list[float] = cosines.argmax(axis=1).astype(np.float64).tolist()
    return Retrieved(nearest, list(map(float, own)), (cosines > mine).sum(axis=1).tolist())


def compared(theirs: Floats, ours: Floats) -> Agreement:
    """Two models on the same texts, before anything is measured; errors are of vectors of length 1."""
    unit = [directions(vectors.astype(np.float64)) for vectors in (theirs, ours)]
    return Agreement(
        items=len(ours),
        cosine=float(1 - cosine_distances(theirs, ours).mean()),
        max_error=float(np.abs(unit[0] - unit[1]).max()),
        same_top=None,
    )
