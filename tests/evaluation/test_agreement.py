"""Two models' outputs on the same items: every output and every channel counts, ids by equality."""

import numpy as np
import pytest

from edgeci.errors import BackendFailed
from edgeci.evaluation.agreement import compared
from edgeci.kinds import outputs
from edgeci.types import Agreement, OutputAgreement

SOURCE = np.random.default_rng(0).normal(size=(32, 10)).astype(np.float32)


def whole(*parts: OutputAgreement) -> Agreement:
    return Agreement(items=32, cosine=None, max_error=0, same_top=None, outputs=parts)


def test_equal_outputs_agree_entirely() -> None:
    same = compared("0", SOURCE, SOURCE.copy())
    assert (same.max_error, same.same_top, same.worst) == (0, 1, 0)
    assert same.cosine == pytest.approx(1)
    assert outputs.altered(whole(same)) is None


def test_opposite_outputs_disagree() -> None:
    opposite = compared("0", SOURCE, -SOURCE)
    assert opposite.cosine == pytest.approx(-1)
    assert opposite.worst == pytest.approx(2, abs=0.4)
    assert outputs.broken(whole(opposite), "") is not None


def test_ids_are_compared_by_equality_not_by_their_angle() -> None:
    """The cosine of any two positive numbers is 1."""
    ids = np.arange(1, 33).reshape(32, 1)
    flipped = np.where(ids % 2 == 0, ids, ids + 1)
    assert compared("0", ids, flipped).equal == 0.5
    assert "50.0% of its output 0 are other values" in str(outputs.altered(whole(compared("0", ids, flipped))))


def test_single_scores_are_compared_by_their_spread() -> None:
    scores = SOURCE[:, :1]
    constant = compared("0", scores, np.full_like(scores, 0.5))
    assert constant.cosine is None
    assert "no longer follows the source's" in str(outputs.broken(whole(constant), ""))


def detections(scores: float) -> np.ndarray:
    """(32, 7, 16): four rows of boxes in pixels, three of scores, of which few are high."""
    generator = np.random.default_rng(1)
    rows = np.concatenate([generator.uniform(0, 640, (32, 4, 16)), generator.uniform(0, 0.02, (32, 3, 16))], axis=1)
    rows[::4, 4:, 3] = 0.9
    rows[:, 4:] *= scores
    return rows.astype(np.float32)


@pytest.mark.parametrize("channels_last", [False, True])
def test_scores_that_are_lost_beside_boxes_are_seen(channels_last: bool) -> None:
    """A cosine over all of it is 1.0000, whichever way it lies."""
    source, candidate = (detections(scores) for scores in (1.0, 0.0))
    if channels_last:
        source, candidate = (part.transpose(0, 2, 1) for part in (source, candidate))
    agreed = compared("0", source, candidate)
    assert agreed.cosine is not None and agreed.cosine > 0.99999
    assert "no longer follows the source's in" in str(outputs.broken(whole(agreed), ""))


def test_rounding_to_eight_bits_of_each_channels_own_range_is_let_in() -> None:
    source = detections(1.0)
    step = source.max(axis=(0, 2), keepdims=True) / 255
    agreed = compared("0", source, np.round(source / step) * step)
    assert outputs.broken(whole(agreed), "") is None


def test_an_output_of_three_values_is_lost() -> None:
    values = SOURCE[:, :1] * 10
    agreed = compared("1", values, np.clip(np.round(values / 45), -1, 1) * 45)
    assert "output 1 no longer follows" in str(outputs.broken(whole(agreed), "0"))


def test_what_the_metric_looks_at_itself_is_left_to_it() -> None:
    lost = compared("0", SOURCE, SOURCE * 0)
    assert outputs.broken(whole(lost), "0") is None
    assert outputs.broken(whole(lost), "1") is not None


def test_infinity_is_legal_where_the_source_has_it() -> None:
    masked = np.where(np.arange(10) == 3, -np.inf, SOURCE).astype(np.float32)
    assert compared("0", masked, masked + np.float32(1e-6)).same_top == 1
    for other in (SOURCE, np.where(np.arange(10) == 4, -np.inf, SOURCE), np.where(np.arange(10) < 4, -np.inf, masked)):
        with pytest.raises(BackendFailed, match="infinity"):
            compared("0", masked, other.astype(np.float32))
    with pytest.raises(BackendFailed, match="infinity"):
        compared("0", SOURCE, masked)


def test_another_shape_is_no_answer() -> None:
    with pytest.raises(BackendFailed, match=r"its output 0 has shape \(9,\), the source's \(10,\)"):
        compared("0", SOURCE, SOURCE[:, :9])


def test_names_are_compared_by_equality() -> None:
    names = np.array(["cat", "dog", "cat"])
    assert compared("0", names, np.array(["cat", "cat", "cat"])).equal == pytest.approx(2 / 3)
