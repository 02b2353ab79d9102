"""Scores by their order."""

import numpy as np
import pytest

from edgeci.errors import ConfigError
from edgeci.evaluation.measures import refuse_labels
from edgeci.metrics import METRICS
from tests.evaluation.measures.builders import items, taken

SCORES = np.array([0.1, 0.4, 0.4, 0.05, 0.05])


def test_a_label_among_the_first_k_is_a_hit() -> None:
    assert taken("top2_accuracy", [SCORES], 2).sample == 1
    assert taken("top2_accuracy", [SCORES], 0).sample == 0
    assert taken("top3_accuracy", [SCORES], 0).sample == 1


def test_of_equal_scores_the_first_comes_first_as_in_a_top_class() -> None:
    assert taken("top2_accuracy", [np.array([1.0, 1.0, 1.0])], 2).sample == 0


def test_the_first_five_of_five_say_nothing() -> None:
    with pytest.raises(ConfigError, match="says nothing of a model with 5 classes"):
        taken("top5_accuracy", [SCORES], 2)


def test_two_scores_are_one_by_what_the_second_is_ahead() -> None:
    assert taken("roc_auc", [np.array([1.0, 3.5])], 1).row == (2.5, 1.0)
    assert taken("roc_auc", [np.array([[0.7]])], 0).row == (0.7, 0.0)


def test_one_class_alone_has_no_curve() -> None:
    with pytest.raises(ConfigError, match="wants 0 and 1, both of them; the classes are 1"):
        refuse_labels(METRICS["roc_auc"], items(np.array([1, 1])), "labels")
