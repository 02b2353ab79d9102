"""Our class metrics are scikit-learn's."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from edgeci.statistics.estimates import class_metric

items = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=80)
SCORES = {
    "accuracy": metrics.accuracy_score,
    "balanced_accuracy": metrics.balanced_accuracy_score,
    "f1_macro": lambda truth, guess: metrics.f1_score(truth, guess, average="macro", zero_division=0),
    "mcc": metrics.matthews_corrcoef,
}


@pytest.mark.parametrize("metric", SCORES)
@given(pairs=items)
def test_a_class_metric_is_what_scikit_learn_says(metric: str, pairs: list[tuple[int, int]]) -> None:
    labels, guesses = np.array(pairs).T
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = SCORES[metric](labels, guesses)
    assert class_metric(metric, list(map(float, guesses)), list(map(float, labels))) == pytest.approx(
        expected, abs=1e-9
    )
