"""One number per item, and how two models' outputs are compared."""

import numpy as np
import pytest

from edgeci.errors import ConfigError
from edgeci.evaluation.scores import agreement, cosine_distances, score


def test_class_scores_give_the_top_class() -> None:
    assert score("accuracy", np.array([[0.1, 2.0, -3.0]], np.float32), np.asarray(1)) == 1


def test_a_single_probability_is_a_class_from_one_half_on() -> None:
    assert [score("accuracy", np.array([[value]], np.float32), None) for value in (0.49, 0.5)] == [0, 1]


def test_a_single_integer_is_the_class() -> None:
    assert score("accuracy", np.array([7]), None) == 7


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_an_output_that_is_not_finite_stays_visible(bad: float) -> None:
    assert np.isnan(score("accuracy", np.array([[1.0, bad]]), None))


def test_errors_are_means_over_the_output() -> None:
    output, label = np.array([[1.0, 4.0]]), np.array([2.0, 2.0])
    assert score("mae", output, label) == 1.5
    assert score("mse", output, label) == 2.5


def test_a_label_of_another_size_is_a_configuration_error() -> None:
    with pytest.raises(ConfigError, match="a label has 3 values, the output 2"):
        score("mae", np.zeros((1, 2)), np.zeros(3))


def test_equal_outputs_agree_entirely() -> None:
    outputs = np.random.default_rng(0).normal(size=(5, 1, 10))
    compared = agreement(outputs, outputs.copy())
    assert (compared.items, compared.max_error, compared.same_top) == (5, 0, 1)
    assert compared.cosine == pytest.approx(1)


def test_zeros_agree_with_zeros_only() -> None:
    zeros, ones = np.zeros((2, 3)), np.ones((2, 3))
    assert agreement(zeros, zeros).cosine == 1
    assert agreement(zeros, ones).cosine == 0


def test_a_single_output_has_no_top_class() -> None:
    assert agreement(np.array([[1.0]]), np.array([[0.5]])).same_top is None


def test_opposite_outputs_disagree() -> None:
    outputs = np.array([[1.0, -2.0], [3.0, 1.0]])
    compared = agreement(outputs, -outputs)
    assert compared.cosine == pytest.approx(-1)
    assert (compared.max_error, compared.same_top) == (6, 0)


def test_an_embedding_is_as_far_as_its_direction_says() -> None:
    reference = np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]])
    outputs = np.array([[5.0, 0.0], [0.0, 2.0], [-1.0, -1.0], [0.0, 0.0]])
    assert cosine_distances(reference, outputs) == pytest.approx([0, 1, 2, 0])


def test_an_embedding_that_is_not_finite_has_no_distance() -> None:
    assert np.isnan(cosine_distances(np.ones((1, 2)), np.array([[np.nan, 1.0]]))).all()
