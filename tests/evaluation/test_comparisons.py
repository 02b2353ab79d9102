"""How far two models' outputs are from each other."""

import numpy as np
import pytest

from edgeci.evaluation.comparisons import cosine_distances


def test_an_embedding_is_as_far_as_its_direction_says() -> None:
    reference = np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]])
    outputs = np.array([[5.0, 0.0], [0.0, 2.0], [-1.0, -1.0], [0.0, 0.0]])
    assert cosine_distances(reference, outputs) == pytest.approx([0, 1, 2, 0])


def test_an_embedding_that_is_not_finite_has_no_distance() -> None:
    assert np.isnan(cosine_distances(np.ones((1, 2)), np.array([[np.nan, 1.0]]))).all()
