"""Which metric a model's outputs ask for, by their shapes and names: for somebody who begins, with the reason."""

from collections.abc import Sequence
from dataclasses import dataclass

from edgeci.errors import ConfigError
from edgeci.evaluation.judged import FLOATS, ROLES, judged, others
from edgeci.types import Tensor

FEWEST_SYMBOLS = 10
"""Of a recognizer: with fewer scores a step a model tags tokens, or is something else."""
RAW_PLACES = 20
"""Times as many places as numbers a place: a detector before non-maximum suppression."""


@dataclass(frozen=True)
class Suggestion:
    metric: str
    reason: str
    settings: tuple[str, ...] = ()
    """Further lines of edgeci.yaml."""


def suggested(outputs: Sequence[Tensor], inputs: Sequence[Tensor]) -> Suggestion:
    if any(ROLES["boxes"].search(output.name) for output in outputs) and fits("map_50", outputs, inputs):
        return Suggestion("map_50_95", "outputs that are called boxes and scores")
    if fits("accuracy", outputs, inputs) or not outputs:
        return Suggestion("accuracy", "one class an item, or agreement where there are no labels")
    if len(outputs) > 1:
        return Suggestion("accuracy", "several outputs: name the one that is meant (`output:`), and a metric that fits")
    return of_one(outputs[0])


def of_one(output: Tensor) -> Suggestion:
    shape = output.shape or ()
    if len(shape) == 4 and others(output) >= 2:
        return mask(output)
    if len(shape) == 3 and shape[2] == 6:
        return Suggestion("map_50_95", "rows of six: x1, y1, x2, y2, score, class")
    if len(shape) == 3 and is_raw(shape[1], shape[2]):
        return Suggestion(
            "map_50_95",
            "a score of each class for each place, as of YOLOv8",
            ("detection: {boxes: cxcywh, overlap: 0.7}   # the model does no non-maximum suppression",),
        )
    if len(shape) == 3 and output.dtype in FLOATS and isinstance(shape[2], int) and shape[2] >= FEWEST_SYMBOLS:
        return Suggestion("cer", "scores of symbols at each step; or wer, sequence_exact")
    return Suggestion("mae", "numbers; or mse, rmse, r2")


def mask(output: Tensor) -> Suggestion:
    if output.dtype in FLOATS and 1 in ((output.shape or ())[1], (output.shape or ())[-1]):
        line = "threshold: 0.5               # from which score on a pixel is of class 1; 0 of logits"
        return Suggestion("mean_iou", "one score a pixel", (line,))
    return Suggestion("mean_iou", "a class, or a score of each, a pixel")


def is_raw(numbers: object, places: object) -> bool:
    return isinstance(numbers, int) and isinstance(places, int) and places >= RAW_PLACES * numbers and numbers > 4


def fits(metric: str, outputs: Sequence[Tensor], inputs: Sequence[Tensor]) -> bool:
    try:
        judged(metric, None, outputs, inputs)
    except ConfigError:
        return False
    return True
