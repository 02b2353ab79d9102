"""One class an item: an id, a name, the highest of several scores, or one score against a threshold."""

import zlib
from collections.abc import Sequence

from edgeci.errors import ConfigError
from edgeci.evaluation.arrays import Array, Floats
from edgeci.evaluation.labels import classes_of
from edgeci.evaluation.measures.taken import Taken
from edgeci.evaluation.samples import Samples
from edgeci.metrics import Metric
from edgeci.types import Items


def take(metric: Metric, given: Sequence[Array], label: Array | None, items: Samples, asked: Items) -> Taken:
    """A single number of a float output stays the score that it is: what class it means, all items decide together."""
    return Taken(predicted_class(metric.name, given[0], items.classes))


def refuse_labels(metric: Metric, items: Samples, what: str) -> None:
    if items.labels is not None:
        classes_of(items.labels, what)


def predicted_class(metric: str, output: Array, classes: Sequence[str] = ()) -> float:
    """Ids and names are classes already; several scores give the place of the highest; one stays a score."""
    if output.size != 1 and (output.dtype.kind != "f" or output.size != max(output.shape, default=0)):
        sizes = "x".join(map(str, output.shape))
        raise ConfigError(
            f"{metric} wants one class an item, and the output is {sizes} {kind_of(output)}; name another one with "
            "`output:`, or take a metric that fits: mean_iou of masks, map_50_95 of boxes, cer of sequences, "
            "multilabel_f1_macro of several labels, mae of numbers"
        )
    if output.dtype.kind in "US":
        return place_of(str(output.reshape(-1)[0]), classes)
    if output.size == 1:
        return float(output.reshape(-1)[0])
    return float(output.argmax())


def kind_of(output: Array) -> str:
    return "text" if output.dtype.kind in "US" else str(output.dtype)


def place_of(name: str, classes: Sequence[str]) -> float:
    """Of a class among the labels' names; of one that is no label, a negative number of its own."""
    return float(classes.index(name)) if name in classes else -1.0 - zlib.crc32(name.encode())


def is_single_score(output: Array) -> bool:
    return output.dtype.kind == "f" and output.size == 1


def threshold_of(scores: Floats, wanted: float | None) -> float:
    """From where on a single score means class 1: by the baseline's (n, k) scores, which are shares or logits."""
    if wanted is not None:
        return wanted
    return 0.5 if bool(((scores >= 0) & (scores <= 1)).all()) else 0.0
