"""From a runtime's raw scores to log-probabilities, the same way for every runtime that gives scores."""

from typing import TypeVar

import numpy as np
import numpy.typing as npt

Float = TypeVar("Float", bound=np.floating)


def log_softmax(logits: npt.NDArray[np.generic]) -> npt.NDArray[np.float32]:
    """Natural logarithms of probabilities over the last axis, as precise as any runtime's scores are."""
    return log_softmax_in(np.float32, logits)


def log_softmax_in(precision: type[Float], logits: npt.NDArray[np.generic]) -> npt.NDArray[Float]:
    """The same in a precision of one's own; summed in float64, exact for large vocabularies."""
    shifted = logits.astype(precision) - logits.max(axis=-1, keepdims=True).astype(precision)
    sums = np.exp(shifted).sum(axis=-1, keepdims=True, dtype=np.float64)
    result: npt.NDArray[Float] = shifted - np.log(sums).astype(precision)
    return result
