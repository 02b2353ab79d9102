import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import entropy

from edgeci.evaluation.text_items import Question
from edgeci.evaluation.text_scores import (
    STORED,
    answer,
    chosen,
    compared,
    cross_entropy,
    defect,
    divergence,
    same_top,
)


def logs(*rows: list[float]) -> np.ndarray:
    return np.log(np.array(rows, np.float32))


def test_cross_entropy_is_of_the_token_that_follows() -> None:
    logarithms = logs([0.5, 0.25, 0.25], [0.1, 0.8, 0.1], [1 / 3] * 3)
    assert cross_entropy(logarithms, [2, 0, 1]) == pytest.approx(-(np.log(0.5) + np.log(0.8)) / 2)


@given(st.lists(st.floats(-8, 8), min_size=4, max_size=4), st.lists(st.floats(-8, 8), min_size=4, max_size=4))
def test_divergence_is_scipys_and_survives_being_stored_in_half_precision(one: list[float], other: list[float]) -> None:
    first, second = (np.exp(np.array([row])) / np.exp(row).sum() for row in (one, other))
    stored = np.log(first).astype(STORED)
    expected = entropy(first[0], second[0])
    assert divergence(stored, np.log(second).astype(np.float32)) == pytest.approx(expected, abs=5e-3, rel=5e-3)


def test_a_model_does_not_diverge_from_itself() -> None:
    generator = np.random.default_rng(0)
    scores = generator.normal(0, 3, (64, 5000))
    own = (scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))).astype(np.float32)
    assert divergence(own.astype(STORED), own) < 1e-5
    assert same_top(own.astype(STORED), own) == 1


def test_same_top_counts_positions() -> None:
    assert same_top(logs([0.6, 0.4], [0.6, 0.4]), logs([0.7, 0.3], [0.2, 0.8])) == 0.5


def test_two_models_are_compared_over_all_windows() -> None:
    one, other = logs([0.5, 0.5]), logs([0.9, 0.1])
    agreement = compared([one, one], [one, other])
    assert agreement.items == 2
    assert agreement.kl_divergence == pytest.approx(entropy([0.5, 0.5], [0.9, 0.1]) / 2, rel=1e-4)
    assert agreement.max_error == pytest.approx(0.4, abs=1e-6)


@pytest.mark.parametrize(
    ("values", "tokens", "said"),
    [
        (logs([0.5, 0.5]), [0, 1], "shape"),
        (logs([0.5, 0.5])[0], [0], "shape"),
        (np.array([[np.nan, 0]]), [0], "NaN or infinity"),
        (np.array([[3.0, 1.0]]), [0], "not to 1"),
    ],
)
def test_numbers_that_are_no_log_probabilities_are_refused(values: np.ndarray, tokens: list[int], said: str) -> None:
    assert said in (defect(values, tokens) or "")


def test_log_probabilities_have_no_defect() -> None:
    assert defect(logs([0.5, 0.5], [0.1, 0.9]), [0, 1]) is None


def test_the_likeliest_choice_per_token_is_the_answer() -> None:
    question = Question(prompt=(0,), choices=((1,), (2, 2)), label=1)
    short = logs([0.2, 0.5, 0.3], [1 / 3] * 3)
    long = logs([0.1, 0.2, 0.7], [0.1, 0.2, 0.7], [1 / 3] * 3)
    assert chosen(question, [short, long]) == 1, "by the sum, the short one would win: 0.5 > 0.49"


def test_an_answer_ends_at_an_end_token() -> None:
    assert answer(iter([5, 6, 2, 7]), frozenset({2})) == [5, 6]
