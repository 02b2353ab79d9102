"""How far a candidate's outputs are from the baseline's on the same items, and which numbers are none."""

from typing import cast

import numpy as np
import numpy.typing as npt

from edgeci.evaluation.arrays import Array, Floats
from edgeci.evaluation.logits import log_softmax_in


def is_sound(output: Array) -> bool:
    return bool(is_number(output).all())


def is_number(values: Array) -> npt.NDArray[np.bool_]:
    """Where it is neither NaN nor infinity, but for minus infinity: a mask, as of actions that are not allowed."""
    numbers = cast("Floats", values)  # of whatever width: all items are looked at, and a copy of them would be large
    return np.asarray(np.isfinite(numbers) | np.isneginf(numbers))


def mean_cosine(reference: Array, outputs: Array) -> float:
    """Of (n, ...) numbers of two models on the same items: 1 where all point the same way."""
    flat = (np.asarray(vectors, np.float64).reshape(len(vectors), -1) for vectors in (reference, outputs))
    return float(1 - cosine_distances(*flat).mean())


def divergences(reference: Array, outputs: Array) -> npt.NDArray[np.float64]:
    """KL(baseline || candidate) in nats of (n, classes) scores, one per item; NaN where a score is not finite.

    Scores that are shares already (not negative, summing to 1 in every item of the baseline) are taken as they are,
    others go through a softmax. A share below the smallest normal float32 counts as that, so none is infinite.
    """
    theirs, ours = np.asarray(reference, np.float64), np.asarray(outputs, np.float64)
    as_logarithms = log_of_shares if are_shares(theirs) else log_of_scores
    theirs, ours = as_logarithms(theirs), as_logarithms(ours)
    sums: npt.NDArray[np.float64] = np.maximum(np.sum(np.exp(theirs) * (theirs - ours), axis=1), 0.0)
    return sums


def cosine_distances(reference: Array, outputs: Array) -> npt.NDArray[np.float64]:
    """1 - cosine similarity of (n, size) outputs, one per item; 0 where both are zero, NaN where one is not finite.

    Nothing but the direction of an embedding says what it is near to.
    """
    theirs, ours = (directions(np.asarray(vectors, np.float64)) for vectors in (reference, outputs))
    # Half the square of the chord is the same number, and exactly 0 for equal vectors.
    distances: npt.NDArray[np.float64] = np.square(theirs - ours).sum(axis=1) / 2
    one_is_zero = theirs.any(axis=1) != ours.any(axis=1)
    return np.where(one_is_zero, 1.0, distances)


def directions(vectors: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Rows of length 1; of zeros where they were."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(lengths == 0, 1.0, lengths)


def are_shares(scores: npt.NDArray[np.float64]) -> bool:
    return bool((scores >= 0).all() and np.allclose(scores.sum(axis=1), 1, atol=1e-3))


def log_of_shares(shares: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    floored = np.maximum(shares, np.finfo(np.float32).tiny)
    logarithms: npt.NDArray[np.float64] = np.log(floored / floored.sum(axis=1, keepdims=True))
    return logarithms


def log_of_scores(scores: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    floored: npt.NDArray[np.float64] = np.maximum(log_softmax_in(np.float64, scores), np.log(np.finfo(np.float32).tiny))
    return floored
