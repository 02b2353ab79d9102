"""One number per item from a model's outputs: a predicted class, or an error against the label."""

import numpy as np
import numpy.typing as npt

from edgeci.errors import ConfigError
from edgeci.evaluation.arrays import Array
from edgeci.evaluation.logits import log_softmax_in
from edgeci.metrics import METRICS
from edgeci.types import Agreement


def score(metric: str, output: Array, label: Array | None) -> float:
    """The raw sample of a quality metric for one item; NaN where the output is not finite.

    Raises:
        ConfigError: an error metric whose label has another shape than the output.
    """
    if output.dtype.kind == "f" and not np.isfinite(output).all():
        return float("nan")
    if METRICS[metric].kind == "class":
        return predicted_class(output)
    assert label is not None
    truth = np.asarray(label, np.float64)
    if truth.size not in (1, output.size):
        raise ConfigError(f"a label has {truth.size} values, the output {output.size}; {metric} needs them equal")
    difference = output.astype(np.float64).ravel() - truth.ravel()
    return float(np.mean(np.abs(difference) if metric == "mae" else difference**2))


def predicted_class(output: Array) -> float:
    """Integers are classes already; one float is a probability; several are scores."""
    if output.dtype.kind in "iub" and output.size == 1:
        return float(output.reshape(-1)[0])
    if output.size == 1:
        return float(output.reshape(-1)[0] >= 0.5)
    return float(np.argmax(output))


def agreement(reference: Array, outputs: Array) -> Agreement:
    """Compare (n, ...) outputs of two models on the same items."""
    ours, theirs = (vectors.reshape(len(vectors), -1).astype(np.float64) for vectors in (outputs, reference))
    norms = np.linalg.norm(ours, axis=1) * np.linalg.norm(theirs, axis=1)
    products = np.sum(ours * theirs, axis=1)
    both_zero = (np.abs(ours).max(axis=1) == 0) & (np.abs(theirs).max(axis=1) == 0)
    cosines = np.where(both_zero, 1.0, products / np.where(norms == 0, 1.0, norms))
    same_top = np.mean(ours.argmax(axis=1) == theirs.argmax(axis=1)) if ours.shape[1] > 1 else None
    return Agreement(
        items=len(ours),
        cosine=float(cosines.mean()),
        max_error=float(np.abs(ours - theirs).max()),
        same_top=None if same_top is None else float(same_top),
    )


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
