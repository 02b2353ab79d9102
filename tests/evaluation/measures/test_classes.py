"""One class an item."""

import numpy as np
import pytest

from edgeci.errors import ConfigError
from edgeci.evaluation.measures.classes import threshold_of
from tests.evaluation.measures.builders import items, taken


def test_class_scores_give_the_top_class() -> None:
    assert taken("accuracy", [np.array([[0.1, 2.0, -3.0]], np.float32)], 1).sample == 1


def test_a_single_score_stays_one_until_all_are_seen() -> None:
    assert taken("accuracy", [np.array([[0.25]], np.float32)]).sample == 0.25


def test_single_scores_are_shares_or_logits_by_what_all_of_them_are() -> None:
    assert threshold_of(np.array([[0.0], [0.2], [1.0]], np.float32), None) == 0.5
    assert threshold_of(np.array([[0.0], [-0.2], [1.0]], np.float32), None) == 0
    assert threshold_of(np.array([[-3.0]], np.float32), 1.5) == 1.5


def test_a_single_integer_is_the_class() -> None:
    assert taken("accuracy", [np.array([7])]).sample == 7


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize(
    "metric", ["accuracy", "top5_accuracy", "mean_iou", "cer", "map_50", "mae", "multilabel_exact"]
)
def test_an_output_that_is_no_number_stays_visible(metric: str, bad: float) -> None:
    assert np.isnan(taken(metric, [np.array([[1.0, bad]])]).sample)


def test_what_is_masked_by_minus_infinity_is_never_chosen() -> None:
    assert taken("accuracy", [np.array([[-np.inf, -5.0, -np.inf]])]).sample == 1


def test_a_name_is_the_place_of_its_class() -> None:
    held = items(classes=("cat", "dog"))
    assert taken("accuracy", [np.array(["dog"])], held=held).sample == 1
    strangers = {taken("accuracy", [np.array([name])], held=held).sample for name in ("cow", "hen")}
    assert len(strangers) == 2 and max(strangers) < 0


@pytest.mark.parametrize("shape", [(4, 16, 16), (80, 6625), (2, 3)])
@pytest.mark.parametrize("metric", ["accuracy", "f1_macro", "agreement"])
def test_a_class_is_not_taken_from_what_holds_several(shape: tuple[int, ...], metric: str) -> None:
    with pytest.raises(ConfigError, match=f"{metric} wants one class an item, and the output is"):
        taken(metric, [np.zeros(shape, np.float32)])


def test_a_mask_of_ids_is_no_class() -> None:
    with pytest.raises(ConfigError, match="wants one class an item, and the output is 16x16 int64"):
        taken("accuracy", [np.zeros((16, 16), np.int64)])
