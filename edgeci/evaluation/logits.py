"""From a runtime's raw scores to log-probabilities, the same way for every runtime that gives scores."""

import numpy as np
import numpy.typing as npt


def log_softmax(logits: npt.NDArray[np.generic]) -> npt.NDArray[np.float32]:
    """Natural logarithms of probabilities over the last axis; summed in float64, exact for large vocabularies."""
    shifted = logits.astype(np.float32) - logits.max(axis=-1, keepdims=True).astype(np.float32)
    sums = np.exp(shifted).sum(axis=-1, keepdims=True, dtype=np.float64)
    result: npt.NDArray[np.float32] = shifted - np.log(sums).astype(np.float32)
    return result
