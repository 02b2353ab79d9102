"""One number per item from a model's outputs: a predicted class, or an error against the label."""

import zlib
from collections.abc import Sequence
from typing import cast

import numpy as np
import numpy.typing as npt

from edgeci.errors import ConfigError
from edgeci.evaluation.arrays import Array, Floats
from edgeci.evaluation.logits import log_softmax_in
from edgeci.metrics import METRICS


def score(metric: str, output: Array, label: Array | None, classes: Sequence[str] = ()) -> float:
    """The raw sample of a quality metric for one item; NaN where the output holds NaN, or infinity other than a mask.

    A single number of a float output stays the score that it is: what class it means, all items decide together.

    Raises:
        ConfigError: an output, or a label, that the metric means nothing of.
    """
    if output.dtype.kind == "f" and not is_sound(output):
        return float("nan")
    if METRICS[metric].kind == "class":
        return predicted_class(metric, output, classes)
    assert label is not None
    truth = np.asarray(label, np.float64)
    if truth.size not in (1, output.size):
        raise ConfigError(f"a label has {truth.size} values, the output {output.size}; {metric} needs them equal")
    if output.dtype.kind not in "iufb":
        raise ConfigError(f"{metric} needs outputs that are numbers, these are {kind_of(output)}")
    difference = output.astype(np.float64).ravel() - truth.ravel()
    return float(np.mean(np.abs(difference) if metric == "mae" else difference**2))


def is_sound(output: Array) -> bool:
    return bool(is_number(output).all())


def is_number(values: Array) -> npt.NDArray[np.bool_]:
    """Where it is neither NaN nor infinity, but for minus infinity: a mask, as of actions that are not allowed."""
    numbers = cast("Floats", values)  # of whatever width: all items are looked at, and a copy of them would be large
    return np.asarray(np.isfinite(numbers) | np.isneginf(numbers))


def predicted_class(metric: str, output: Array, classes: Sequence[str] = ()) -> float:
    """Ids and names are classes already; several scores give the place of the highest; one stays a score."""
    if output.size != 1 and (output.dtype.kind != "f" or output.size != max(output.shape, default=0)):
        sizes = "x".join(map(str, output.shape))
        raise ConfigError(
            f"{metric} wants one class an item, and the output is {sizes} {kind_of(output)}; name another one with "
            "`output:`, or compare whole arrays by mae or mse (labels of the same shape)"
        )
    if output.dtype.kind in "US":
        return place_of(str(output.reshape(-1)[0]), classes)
    if output.size == 1:
        return float(output.reshape(-1)[0])
    return float(np.argmax(output))


def kind_of(output: Array) -> str:
    return "text" if output.dtype.kind in "US" else str(output.dtype)


def place_of(name: str, classes: Sequence[str]) -> float:
    """Of a class among the labels' names; of one that is no label, a negative number of its own."""
    return float(classes.index(name)) if name in classes else -1.0 - zlib.crc32(name.encode())


def is_single_score(output: Array) -> bool:
    return output.dtype.kind == "f" and output.size == 1


def threshold_of(scores: Floats, wanted: float | None) -> float:
    """From where on a single score means class 1: by the baseline's (n, 1) scores, which are shares or logits."""
    if wanted is not None:
        return wanted
    return 0.5 if bool(((scores >= 0) & (scores <= 1)).all()) else 0.0


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
