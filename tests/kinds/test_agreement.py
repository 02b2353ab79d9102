"""What a candidate of a language or an embedding model must have in common with its source."""

import pytest

from edgeci.kinds import embeddings, text
from edgeci.types import Agreement, DataSource, Items

ASKED = Items(source=DataSource(path="evaluation.jsonl"), folder=".")


def agreed(kl_divergence: float | None = 0.0, same_top: float | None = 1.0, cosine: float = 1.0) -> Agreement:
    return Agreement(items=4, cosine=cosine, max_error=0, same_top=same_top, kl_divergence=kl_divergence)


@pytest.mark.parametrize(("kl_divergence", "same_top"), [(0.03, 1.0), (0.001, 0.8), (0.0, None), (None, 1.0)])
def test_a_lossless_method_keeps_the_distribution_and_the_likeliest_token(
    kl_divergence: float | None, same_top: float | None
) -> None:
    assert text.altered(agreed(0.001, 0.99)) is None
    assert text.altered(agreed(kl_divergence, same_top)) is not None


def test_any_method_keeps_some_of_both() -> None:
    assert text.broken(agreed(1.0, 0.4), ASKED, "accuracy") is None
    for kl_divergence, same_top in ((0.03, 0.004), (3.0, 0.9), (float("nan"), 1.0), (0.0, float("nan"))):
        reason = text.broken(agreed(kl_divergence, same_top), ASKED, "accuracy")
        assert "its answers are not its source's" in (reason or "")


def test_other_vectors_are_measured_but_are_no_conversion() -> None:
    """They may find the same passages."""
    for cosine in (0.2, -1.0):
        assert embeddings.broken(agreed(None, None, cosine), ASKED, "accuracy") is None
        assert "mean cosine similarity" in (embeddings.altered(agreed(None, None, cosine)) or "")
