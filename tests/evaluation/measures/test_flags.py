"""Several labels an item."""

import numpy as np
import pytest

from edgeci.errors import ConfigError
from edgeci.evaluation.measures import Taken, flags, refuse_labels
from edgeci.metrics import METRICS
from tests.evaluation.measures.builders import items, taken


def decided(metric: str, scores: list[float], truth: list[int], limit: float) -> Taken:
    return flags.decided(METRICS[metric], taken(metric, [np.array(scores)], truth), limit)


def test_what_holds_is_decided_by_a_threshold() -> None:
    made = decided("multilabel_f1_macro", [0.9, 0.2, 0.6, 0.1], [1, 1, 0, 0], 0.5)
    assert made.row == (0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 2.0, 0.0, 1.0, 0.0)
    assert made.sample == pytest.approx(0.5)


def test_an_item_without_any_label_that_gets_none_is_right() -> None:
    assert decided("multilabel_f1_micro", [-3.0, -1.0], [0, 0], 0).sample == 1
    assert decided("multilabel_exact", [-3.0, -1.0], [0, 0], 0).sample == 1


def test_one_wrong_label_is_not_exact() -> None:
    assert decided("multilabel_exact", [0.9, 0.9], [1, 0], 0.5).sample == 0


def test_labels_are_zero_or_one_each() -> None:
    with pytest.raises(ConfigError, match="wants 0 or 1 for each label"):
        refuse_labels(METRICS["multilabel_exact"], items(np.array([[0, 2]])), "labels")
    with pytest.raises(ConfigError, match="no label holds of any item"):
        refuse_labels(METRICS["multilabel_f1_macro"], items(np.zeros((3, 2), int)), "labels")
