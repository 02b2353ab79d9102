"""One number per item from a model's outputs: a predicted class, or an error against the label."""

from typing import Any

import numpy as np
import numpy.typing as npt

from edgeci.errors import ConfigError
from edgeci.metrics import METRICS
from edgeci.types import Agreement

Array = npt.NDArray[Any]


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
    ours, theirs = outputs.reshape(len(outputs), -1).astype(np.float64), reference.reshape(len(reference), -1)
    theirs = theirs.astype(np.float64)
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
