"""Errors of numbers."""

import numpy as np
import pytest

from edgeci.errors import ConfigError
from edgeci.evaluation.measures import refuse_labels
from edgeci.metrics import METRICS
from tests.evaluation.measures.builders import items, taken

OUTPUT, LABEL = np.array([[1.0, 4.0]]), np.array([2.0, 2.0])


def test_errors_are_means_over_the_output() -> None:
    assert taken("mae", [OUTPUT], LABEL).sample == 1.5
    assert taken("mse", [OUTPUT], LABEL).sample == 2.5


def test_the_root_and_the_coefficient_keep_what_all_items_add_up() -> None:
    assert taken("rmse", [OUTPUT], LABEL).row == (2.5,)
    assert taken("r2", [OUTPUT], LABEL).row == (1.0, 2.0, 4.0, 2.0)


def test_a_label_of_another_size_is_a_configuration_error() -> None:
    with pytest.raises(ConfigError, match="a label has 3 values, the output 2"):
        taken("mae", [np.zeros((1, 2))], np.zeros(3))


def test_what_never_varies_has_no_r2() -> None:
    with pytest.raises(ConfigError, match="the same in all, and r2"):
        refuse_labels(METRICS["r2"], items(np.array([[1.0, 2.0], [1.0, 3.0]])), "labels")
