"""Raw numbers of an embedding model from its vectors: distance from the baseline's, and what retrieval finds."""

from collections.abc import Sequence

import numpy as np

from edgeci.evaluation.arrays import Array, Floats
from edgeci.evaluation.scores import cosine_distances, directions
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


def retrieved(vectors: Floats, pairs: Sequence[tuple[int, int]]) -> tuple[list[float], list[float]]:
    """For each query the place of the nearest passage by cosine, and of its own, among the different passages.

    Args:
        vectors: (texts, dimension).
        pairs: rows of a query and of its passage.
    """
    passages = list(dict.fromkeys(passage for _, passage in pairs))
    unit = directions(vectors.astype(np.float64))
    nearest = (unit[[query for query, _ in pairs]] @ unit[passages].T).argmax(axis=1)
    places = {passage: place for place, passage in enumerate(passages)}
    return [float(place) for place in nearest], [float(places[passage]) for _, passage in pairs]


def compared(theirs: Floats, ours: Floats) -> Agreement:
    """Two models on the same texts, before anything is measured; errors are of vectors of length 1."""
    unit = [directions(vectors.astype(np.float64)) for vectors in (theirs, ours)]
    return Agreement(
        items=len(ours),
        cosine=float(1 - cosine_distances(theirs, ours).mean()),
        max_error=float(np.abs(unit[0] - unit[1]).max()),
        same_top=None,
    )
