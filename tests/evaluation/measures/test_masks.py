"""A class a pixel."""

import numpy as np
import pytest

from edgeci.errors import ConfigError
from edgeci.evaluation.measures import refuse_labels
from edgeci.metrics import METRICS
from tests.evaluation.measures.builders import items, taken

TRUE = np.array([[0, 0, 1, 1], [0, 2, 2, 255]])
SAID = np.array([[0, 1, 1, 1], [0, 2, 2, 2]])
ROW = (0.0, 3.0, 2.0, 2.0, 1.0, 2.0, 3.0, 2.0, 2.0, 2.0, 2.0, 2.0)
ONE_HOT = np.eye(3, dtype=np.float32)[SAID]


@pytest.mark.parametrize("output", [SAID, SAID[None], ONE_HOT, np.moveaxis(ONE_HOT, -1, 0)])
def test_ids_and_scores_in_either_order_are_the_same_mask(output: np.ndarray) -> None:
    made = taken("mean_iou", [output], TRUE)
    assert made.row == ROW
    assert made.sample == pytest.approx((2 / 3 + 2 / 3 + 1) / 3)


def test_one_score_a_pixel_needs_a_threshold() -> None:
    scores = np.where(SAID > 0, 2.0, -2.0).astype(np.float32)[None]
    with pytest.raises(ConfigError, match=r"one score a pixel; say from which score on .* `threshold: 0.5`"):
        taken("mean_iou", [scores], TRUE > 0)
    assert taken("mean_iou", [scores], TRUE > 0, threshold=0.0).row[:4] == (0.0, 3.0, 2.0, 2.0)


def test_a_picture_in_which_nothing_is_judged_adds_nothing() -> None:
    assert taken("mean_iou", [SAID], np.full(SAID.shape, 255)).row == ()


def test_a_mask_of_another_size_is_refused() -> None:
    with pytest.raises(ConfigError, match="for each of the label's 2x4 pixels, and the output is 3x2x2 float32"):
        taken("mean_iou", [np.zeros((3, 2, 2), np.float32)], TRUE)


@pytest.mark.parametrize("labels", [np.zeros(4), np.full((2, 3, 3), -1), np.full((2, 3, 3), 0.5)])
def test_labels_that_are_no_masks_are_refused(labels: np.ndarray) -> None:
    with pytest.raises(ConfigError, match="wants a class id for each pixel"):
        refuse_labels(METRICS["mean_iou"], items(labels), "labels")
