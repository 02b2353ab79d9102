"""A class a pixel: ids, scores of each class in the first or last dimension, or one score against a threshold."""

from collections.abc import Sequence

import numpy as np

from edgeci.errors import ConfigError
from edgeci.evaluation.arrays import Array
from edgeci.evaluation.measures.taken import Taken
from edgeci.evaluation.samples import Samples
from edgeci.metrics import Metric
from edgeci.types import Items

UNJUDGED = 255
"""Of a label's pixel, as in PASCAL VOC and Cityscapes: not judged."""


def take(metric: Metric, given: Sequence[Array], label: Array | None, items: Samples, asked: Items) -> Taken:
    """The mean IoU of the picture's own classes, and what `sets.overlap` wants."""
    true = without_ones(np.asarray(label))
    predicted = classes(given[0], true.shape, metric.name, asked.threshold)
    judged = true != UNJUDGED
    true, predicted = true[judged].astype(np.int64), predicted[judged].astype(np.int64)
    size = int(max(true.max(initial=0), predicted.max(initial=0))) + 1
    ours, theirs = (np.bincount(each, minlength=size) for each in (predicted, true))
    both = np.bincount(true[true == predicted], minlength=size)
    places = np.nonzero(ours + theirs)[0]
    row = np.column_stack((places, theirs[places], ours[places], both[places])).astype(np.float64)
    own = both[places] / (ours + theirs - both)[places]
    return Taken(float(own.mean()) if len(own) else 1.0, tuple(row.ravel().tolist()))


def classes(output: Array, sizes: tuple[int, ...], metric: str, threshold: float | None) -> Array:
    """(height, width) ids."""
    scores = without_ones(output)
    if scores.shape == sizes:
        return ids(scores, metric, threshold)
    if scores.dtype.kind == "f" and scores.ndim == len(sizes) + 1 and scores.shape[1:] == sizes:
        return np.asarray(scores.argmax(axis=0))
    if scores.dtype.kind == "f" and scores.ndim == len(sizes) + 1 and scores.shape[:-1] == sizes:
        return np.asarray(scores.argmax(axis=-1))
    raise ConfigError(
        f"{metric} wants a class, or a score of each class, for each of the label's {text(sizes)} pixels, and the "
        f"output is {text(output.shape)} {output.dtype}; give labels of the output's height and width"
    )


def ids(pixels: Array, metric: str, threshold: float | None) -> Array:
    if pixels.dtype.kind != "f":
        if pixels.min(initial=0) < 0:
            raise ConfigError(f"{metric}: the model gives the class {pixels.min()}; classes are 0 or more")
        return pixels
    if threshold is None:
        raise ConfigError(
            f"{metric}: the output has one score a pixel; say from which score on a pixel is of class 1: "
            "`threshold: 0.5` of probabilities, `threshold: 0` of logits"
        )
    return np.asarray(pixels.astype(np.float64) >= threshold)


def without_ones(pixels: Array) -> Array:
    """Of one channel, none: (1, height, width) or (height, width, 1) is (height, width)."""
    if pixels.ndim == 3 and pixels.shape[0] == 1:
        return np.asarray(pixels[0])
    return np.asarray(pixels[..., 0]) if pixels.ndim == 3 and pixels.shape[-1] == 1 else pixels


def refuse_labels(metric: Metric, items: Samples, what: str) -> None:
    if items.labels is None:
        return
    labels = np.asarray(items.labels, np.float64)
    if items.classes or labels.ndim < 3 or labels.min() < 0 or (labels != np.round(labels)).any():
        raise ConfigError(
            f"{what}: {metric.name} wants a class id for each pixel, (n, height, width), 255 where none is judged; "
            f"found {'names' if items.classes else f'{text(labels.shape)} from {labels.min():g} to {labels.max():g}'}"
        )
    if (labels == UNJUDGED).all():
        raise ConfigError(f"{what}: every pixel is 255, which means that none is judged")


def text(sizes: Sequence[int]) -> str:
    return "x".join(map(str, sizes))
