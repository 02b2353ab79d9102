"""Answers that give away a mistake are told as that, and no more items are asked for."""

import numpy as np
import pytest

from edgeci.gates.judge import judge
from edgeci.gates.suspicion import suspicion
from edgeci.types import Gate, Measurement, Verdict
from tests.gates.builders import gate, measurement, predictions

KEEPS = gate("retained", "accuracy", 0.95)
LABELS = [float(index % 10) for index in range(200)]


def answered(answers: list[float], labels: list[float] = LABELS, metric: str = "accuracy") -> Measurement:
    """Both sides answer the same."""
    return measurement(metric, answers, answers, labels=tuple(labels))


def guessed(classes: int = 10, items: int = 200) -> Measurement:
    generator = np.random.default_rng(4)
    return answered(*(list(map(float, generator.integers(0, classes, items))) for _ in range(2)))


def verdict(measured: Measurement, demand: Gate = KEEPS) -> Verdict:
    return judge(demand, "candidate", "cpu", [measured])


def test_labels_from_1_are_told() -> None:
    said = verdict(answered(LABELS, [label + 1 for label in LABELS])).reason
    assert "100% of the baseline's answers are the label -1, so the labels seem to begin with 1: subtract 1" in said


def test_labels_one_too_low_are_told() -> None:
    assert "add 1" in (suspicion(answered(LABELS, [label - 1 for label in LABELS])) or "")


def test_a_baseline_that_guesses_is_told_and_no_more_items_are_asked_for() -> None:
    judged = verdict(guessed())
    assert judged.outcome == "inconclusive"
    assert "no better than guessing (always" in judged.reason and "numbering of the labels is meant" in judged.reason
    assert "more items" not in judged.reason


def test_nothing_right_is_told() -> None:
    judged = verdict(answered([(label + 5) % 10 for label in LABELS]))
    assert judged.outcome == "broken"
    assert "the baseline gets none of 200 items right: probably another output (`output`)" in judged.reason


@pytest.mark.parametrize("metric", ["accuracy", "agreement"])
def test_one_answer_to_everything_is_told_even_where_it_passes(metric: str) -> None:
    labels = LABELS if metric == "accuracy" else []
    judged = verdict(answered([3.0] * 200, labels, metric), gate("drop", metric, 0.05))
    assert judged.outcome == "passed"
    assert "the baseline answers 3 to each of the 200 items" in judged.reason


def test_a_model_that_knows_something_of_lopsided_labels_is_not_suspected() -> None:
    labels = [0.0] * 180 + [1.0] * 20
    answers = [0.0] * 175 + [1.0] * 5 + [0.0] * 7 + [1.0] * 13
    assert suspicion(answered(answers, labels)) is None


def test_labels_that_are_all_alike_expect_one_answer() -> None:
    """A language model's exercises: solved or not."""
    assert suspicion(answered([1.0] * 150 + [0.0] * 50, [1.0] * 200)) is None


def test_good_and_middling_models_are_not_suspected() -> None:
    for right in (60, 120, 190):
        assert suspicion(answered(LABELS[:right] + [(label + 3) % 10 for label in LABELS[right:]])) is None


def test_two_classes_the_wrong_way_round_are_not_told_as_shifted() -> None:
    labels = [float(index % 2) for index in range(200)]
    assert "no better than guessing" in (
        suspicion(answered([1 - label for label in labels[:180]] + labels[180:], labels)) or ""
    )


def test_too_few_items_tell_nothing() -> None:
    assert suspicion(guessed(items=40)) is None


def test_all_right_in_both_is_remarked() -> None:
    judged = verdict(predictions(200, 0))
    assert judged.outcome == "passed"
    assert judged.reason.endswith("such items show little, or their labels are the model's own answers")
    assert "show little" not in verdict(predictions(199, 1)).reason


def test_what_is_no_class_is_not_suspected() -> None:
    assert suspicion(measurement("mae", [1.0] * 200, [1.0] * 200)) is None
