import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeci.evaluation.embedding_scores import compared, defect, retrieved


@pytest.mark.parametrize(
    ("vector", "complaint"),
    [
        (np.array([[1.0]]), r"of shape (1, 1)"),
        (np.array([]), r"of shape (0,)"),
        (np.array([1.0, np.nan]), "NaN or infinity"),
        (np.zeros(3), "zero everywhere"),
    ],
)
def test_what_is_no_embedding_is_told(vector: np.ndarray, complaint: str) -> None:
    reason = defect(vector)
    assert reason is not None and complaint in reason
    assert defect(np.array([0.0, 1.0])) is None


def test_the_nearest_passage_is_that_of_the_smallest_angle() -> None:
    vectors = np.array([[1, 0.1], [0.1, 1], [9, 0], [0, 0.1], [1, 1]], np.float32)
    made = retrieved(vectors, [(0, 2), (1, 3), (1, 4)])
    assert made.nearest == [0.0, 1.0, 1.0]
    assert made.own == [0.0, 1.0, 2.0]
    assert made.before == [0, 0, 1]


def test_a_passage_that_two_queries_share_is_one_place() -> None:
    vectors = np.array([[1, 0], [1, 0.1], [2, 0], [0, 1]], np.float32)
    made = retrieved(vectors, [(0, 2), (1, 2), (0, 3)])
    assert (made.nearest, made.own) == ([0.0, 0.0, 0.0], [0.0, 0.0, 1.0])


@given(st.floats(0.01, 100))
def test_the_length_of_an_embedding_changes_nothing(length: float) -> None:
    vectors = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)
    pairs = [(0, 3), (1, 4), (2, 5)]
    assert retrieved(vectors, pairs) == retrieved(vectors * np.float32(length), pairs)
    agreement = compared(vectors, vectors * np.float32(length))
    assert agreement.cosine == pytest.approx(1) and agreement.max_error < 1e-6


def test_an_opposite_vector_has_cosine_minus_one() -> None:
    vectors = np.array([[1.0, 2.0]], np.float32)
    assert compared(vectors, -vectors).cosine == pytest.approx(-1)
