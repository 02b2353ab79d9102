"""Which output a metric reads: the plain one, the named one, or none without asking."""

from typing import Any

import pytest

from edgeci.errors import ConfigError
from edgeci.evaluation.judged import judged
from edgeci.types import Tensor


def tensor(name: str, *shape: int | str | None, dtype: str = "float32") -> Tensor:
    return Tensor(name=name, dtype=dtype, shape=("N", *shape))


FEATURES, LOGITS, MORE = tensor("features", 64), tensor("logits", 4), tensor("t", 7)
BOXES, MASK = tensor("boxes", 100, 4), tensor("mask", 16, 16, dtype="int64")


def place(metric: str, *outputs: Tensor, wanted: Any = None, inputs: tuple[Tensor, ...] = ()) -> int:
    return judged(metric, wanted, outputs, inputs).place


def test_the_only_output_is_taken() -> None:
    assert place("accuracy", FEATURES) == 0


def test_of_several_the_one_called_like_scores_is_taken_and_said() -> None:
    assert judged("accuracy", None, [FEATURES, LOGITS], []).place == 1
    assert "not called like scores" in judged("accuracy", None, [FEATURES, LOGITS], []).reason


def test_the_class_itself_comes_before_its_scores() -> None:
    label, scores = tensor("output_label", dtype="int64"), tensor("output_probability", 3)
    assert place("accuracy", scores, label) == 1
    assert place("kl_divergence", label, scores) == 1


def test_what_cannot_hold_a_class_is_left_out() -> None:
    assert place("accuracy", BOXES, MORE) == 1
    assert place("accuracy", MASK, tensor("x", 3, 1, 1)) == 1


def test_a_state_that_is_fed_again_is_not_judged() -> None:
    state = tensor("state", 32)
    assert place("accuracy", tensor("output", 2), tensor("stateN", 32), inputs=(state,)) == 0


def test_several_that_fit_are_asked_about() -> None:
    with pytest.raises(ConfigError, match=r"could be taken of 'features' .*'t' .*say of which with `output:`"):
        place("accuracy", FEATURES, MORE)
    with pytest.raises(ConfigError, match="could be taken of"):
        place("mae", FEATURES, LOGITS)


@pytest.mark.parametrize("wanted", ["t", 1])
def test_an_output_is_named_or_counted_from_zero(wanted: str | int) -> None:
    assert place("accuracy", FEATURES, MORE, wanted=wanted) == 1


@pytest.mark.parametrize("wanted", ["other", 2])
def test_an_output_that_is_not_there_is_refused_with_those_that_are(wanted: str | int) -> None:
    with pytest.raises(ConfigError, match=r"the model has no output .*'features' \(Nx64 float32\), 't'"):
        place("accuracy", FEATURES, MORE, wanted=wanted)


@pytest.mark.parametrize("metric", ["accuracy", "agreement", "mcc"])
def test_a_metric_of_classes_on_a_mask_is_refused(metric: str) -> None:
    with pytest.raises(
        ConfigError, match=rf"{metric} wants one class an item.*'mask' \(Nx16x16 int64\).*mean_iou of masks"
    ):
        place(metric, MASK)


@pytest.mark.parametrize("metric", ["cosine_distance", "kl_divergence"])
def test_a_comparison_of_vectors_on_boxes_is_refused(metric: str) -> None:
    with pytest.raises(ConfigError, match="wants one vector of scores or an embedding an item"):
        place(metric, BOXES)


def test_numbers_can_be_taken_of_anything() -> None:
    assert place("mae", MASK) == 0
    assert place("mse", BOXES) == 0


def test_sequences_are_no_numbers() -> None:
    maps = Tensor(name="output_probability", dtype="sequence", shape=None)
    assert place("accuracy", maps, tensor("output_label", dtype="string")) == 1
    with pytest.raises(ConfigError, match="mae wants numbers"):
        place("mae", maps)


def test_a_detector_is_read_by_what_its_outputs_are_called() -> None:
    outputs = [
        tensor("num_detections"),
        tensor("detection_classes"),
        tensor("detection_boxes"),
        tensor("detection_scores"),
    ]
    assert judged("map_50", None, outputs, []).places == (2, 3, 1, 0)


def test_a_detector_whose_outputs_are_not_plain_is_asked_about() -> None:
    with pytest.raises(ConfigError, match=r"which output is which is not plain.*`output: \[boxes, scores, classes\]`"):
        judged("map_50_95", None, [tensor("a"), tensor("b"), tensor("c")], [])
    assert judged("map_50_95", ("c", "a", 1), [tensor("a"), tensor("b"), tensor("c")], []).places == (2, 0, 1)


def test_several_outputs_are_no_class() -> None:
    with pytest.raises(ConfigError, match="accuracy is taken of one output"):
        judged("accuracy", (0, 1), [LOGITS, MORE], [])


@pytest.mark.parametrize("metric", ["recall_at_5", "cross_entropy", "same_top"])
def test_what_is_taken_of_texts_is_refused_of_tensors(metric: str) -> None:
    with pytest.raises(ConfigError, match=f"{metric} wants what an? (language|embedding) model|{metric} wants what an"):
        place(metric, LOGITS)


def test_a_function_of_ones_own_gets_every_output() -> None:
    assert judged("mine:score", None, [LOGITS, MASK], []).places == (0, 1)
