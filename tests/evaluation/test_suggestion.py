"""What `init` proposes to judge, by what the outputs are."""

import pytest

from edgeci.evaluation.suggestion import suggested
from edgeci.types import Tensor


def tensor(name: str, *shape: int | str | None, dtype: str = "float32") -> Tensor:
    return Tensor(name=name, dtype=dtype, shape=("N", *shape))


@pytest.mark.parametrize(("metric", "outputs"), [
    ("accuracy", [tensor("logits", 10)]),
    ("accuracy", [tensor("label", dtype="int64"), Tensor(name="probabilities", dtype="sequence", shape=None)]),
    ("accuracy", []),
    ("cer", [tensor("softmax", "steps", 6625)]),
    ("mean_iou", [tensor("classes", 21, "height", "width")]),
    ("mean_iou", [tensor("probabilities", 1, "height", "width")]),
    ("map_50_95", [tensor("boxes", 100, 4), tensor("scores", 100), tensor("labels", 100, dtype="int64")]),
    ("map_50_95", [tensor("output0", 300, 6)]),
    ("map_50_95", [tensor("output0", 84, 8400)]),
    ("mae", [tensor("landmarks", 68, 2)]),
])  # fmt: skip
def test_the_shape_and_the_names_say_what_is_judged(metric: str, outputs: list[Tensor]) -> None:
    assert suggested(outputs, []).metric == metric


def test_a_detector_without_suppression_is_given_one() -> None:
    assert "overlap: 0.7" in suggested([tensor("output0", 84, 8400)], []).settings[0]


def test_one_score_a_pixel_is_given_a_threshold() -> None:
    assert suggested([tensor("mask", 1, 64, 64)], []).settings[0].startswith("threshold: 0.5")


def test_several_outputs_of_no_known_kind_are_left_to_who_knows_them() -> None:
    assert "`output:`" in suggested([tensor("a", 3, 3), tensor("b", 5, 5)], []).reason
