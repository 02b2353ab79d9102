"""One number per item, and how two models' outputs are compared."""

import numpy as np
import pytest

from edgeci.errors import ConfigError
from edgeci.evaluation.scores import cosine_distances, score, threshold_of


def test_class_scores_give_the_top_class() -> None:
    assert score("accuracy", np.array([[0.1, 2.0, -3.0]], np.float32), np.asarray(1)) == 1


def test_a_single_score_stays_one_until_all_are_seen() -> None:
    assert score("accuracy", np.array([[0.25]], np.float32), None) == 0.25


def test_single_scores_are_shares_or_logits_by_what_all_of_them_are() -> None:
    assert threshold_of(np.array([[0.0], [0.2], [1.0]], np.float32), None) == 0.5
    assert threshold_of(np.array([[0.0], [-0.2], [1.0]], np.float32), None) == 0
    assert threshold_of(np.array([[-3.0]], np.float32), 1.5) == 1.5


def test_a_single_integer_is_the_class() -> None:
    assert score("accuracy", np.array([7]), None) == 7


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_an_output_that_is_no_number_stays_visible(bad: float) -> None:
    assert np.isnan(score("accuracy", np.array([[1.0, bad]]), None))


def test_what_is_masked_by_minus_infinity_is_never_chosen() -> None:
    assert score("accuracy", np.array([[-np.inf, -5.0, -np.inf]]), None) == 1


def test_a_name_is_the_place_of_its_class() -> None:
    names = ("cat", "dog")
    assert score("accuracy", np.array(["dog"]), None, names) == 1
    strangers = {score("accuracy", np.array([name]), None, names) for name in ("cow", "hen")}
    assert len(strangers) == 2 and max(strangers) < 0


@pytest.mark.parametrize("shape", [(4, 16, 16), (80, 6625), (2, 3)])
@pytest.mark.parametrize("metric", ["accuracy", "f1_macro", "agreement"])
def test_a_class_is_not_taken_from_what_holds_several(shape: tuple[int, ...], metric: str) -> None:
    with pytest.raises(ConfigError, match=f"{metric} wants one class an item, and the output is"):
        score(metric, np.zeros(shape, np.float32), None)


def test_a_mask_of_ids_is_no_class() -> None:
    with pytest.raises(ConfigError, match="wants one class an item, and the output is 16x16 int64"):
        score("accuracy", np.zeros((16, 16), np.int64), None)


def test_errors_are_means_over_the_output() -> None:
    output, label = np.array([[1.0, 4.0]]), np.array([2.0, 2.0])
    assert score("mae", output, label) == 1.5
    assert score("mse", output, label) == 2.5


def test_a_label_of_another_size_is_a_configuration_error() -> None:
    with pytest.raises(ConfigError, match="a label has 3 values, the output 2"):
        score("mae", np.zeros((1, 2)), np.zeros(3))


def test_an_embedding_is_as_far_as_its_direction_says() -> None:
    reference = np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]])
    outputs = np.array([[5.0, 0.0], [0.0, 2.0], [-1.0, -1.0], [0.0, 0.0]])
    assert cosine_distances(reference, outputs) == pytest.approx([0, 1, 2, 0])


def test_an_embedding_that_is_not_finite_has_no_distance() -> None:
    assert np.isnan(cosine_distances(np.ones((1, 2)), np.array([[np.nan, 1.0]]))).all()
