"""Labels as people keep them."""

from typing import Any

import numpy as np
import pytest

from edgeci.errors import ConfigError
from edgeci.evaluation.labels import classes_of, labels_of, refuse_outside


def classes(values: Any, known: dict[str, int] | None = None) -> list[int]:
    labels = labels_of(np.asarray(values), known or {}, "labels").values
    assert labels is not None
    return [int(label) for label in classes_of(labels, "labels")]


@pytest.mark.parametrize(
    "values",
    [
        [2, 0, 1],
        [[2], [0], [1]],
        [2.0, 0.0, 1.0],
        [[0, 0, 1], [1, 0, 0], [0, 1, 0]],
        [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]],
        ["c", "a", "b"],
        [["c"], ["a"], ["b"]],
    ],
)
def test_ids_names_columns_and_one_hot_mean_the_same(values: Any) -> None:
    assert classes(values) == [2, 0, 1]


def test_a_class_map_says_which_name_is_which() -> None:
    assert classes(["a", "b"], {"b": 7, "a": 9}) == [9, 7]
    with pytest.raises(ConfigError, match="labels: 'c' is none of the classes"):
        classes(["c"], {"a": 0})


def test_an_array_for_each_item_is_no_class() -> None:
    with pytest.raises(ConfigError, match=r"labels have shape \(2, 3\); a metric of classes wants one class an item"):
        classes([[1, 1, 0], [0, 1, 0]])
    with pytest.raises(ConfigError, match=r"labels have shape \(2, 4, 4\)"):
        classes(np.zeros((2, 4, 4)))


def test_a_target_is_no_class() -> None:
    with pytest.raises(ConfigError, match=r"labels: 0\.5 is no class; measures of numbers are mae and mse"):
        classes([0.0, 0.5])


def test_a_label_that_is_no_number_is_told_with_its_item() -> None:
    with pytest.raises(ConfigError, match="labels: that of item 1 is NaN or infinity"):
        labels_of(np.array([0, np.nan]), {}, "labels")


def test_labels_beyond_the_models_classes_are_refused() -> None:
    refuse_outside(np.array([0, 3]), 4, "labels")
    with pytest.raises(ConfigError, match="go from 1 to 4, the model's 4 classes from 0 to 3; they seem to begin"):
        refuse_outside(np.array([1, 4]), 4, "labels")
    with pytest.raises(ConfigError, match=r"labels go from 0 to 9, .* is this the output that is meant"):
        refuse_outside(np.array([0, 9]), 4, "labels")
