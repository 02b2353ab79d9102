"""Boxes in the forms that exported detectors give them."""

import numpy as np
import pytest

from edgeci.errors import ConfigError
from edgeci.evaluation.boxes import Boxes, without_repeats
from edgeci.evaluation.measures import refuse_labels
from edgeci.evaluation.measures.boxes import detected
from edgeci.metrics import METRICS
from edgeci.types import Detection
from tests.evaluation.measures.builders import items, taken

BOXES = np.array([[10.0, 20.0, 30.0, 60.0], [0.0, 0.0, 8.0, 8.0]])
CLASSES, SCORES = np.array([1.0, 0.0]), np.array([0.9, 0.4])
PLAIN = Detection()


def same(made: Boxes) -> bool:
    parts = ((made.corners, BOXES), (made.classes, CLASSES), (made.scores, SCORES))
    return all(np.allclose(one, other) for one, other in parts)


def test_three_outputs_two_and_one_are_the_same_boxes() -> None:
    assert same(detected([BOXES, SCORES, CLASSES], PLAIN, "map_50"))
    by_class = np.array([[0.1, 0.9], [0.4, 0.2]])
    assert same(detected([BOXES, by_class], PLAIN, "map_50"))
    assert same(detected([np.column_stack((BOXES, SCORES, CLASSES))], PLAIN, "map_50"))


def test_what_is_beyond_the_count_is_padding() -> None:
    assert len(detected([BOXES, SCORES, CLASSES, np.array([1.0])], PLAIN, "map_50")) == 1


def test_places_with_a_score_of_each_class_are_thinned_out() -> None:
    """As of YOLOv8: (4 + classes, places) of centers and sizes."""
    centers = np.hstack(((BOXES[:, :2] + BOXES[:, 2:]) / 2, BOXES[:, 2:] - BOXES[:, :2]))
    scores = np.array([[0.1, 0.9, 0.0], [0.4, 0.2, 0.0]])
    places = np.hstack((centers, scores))
    repeated = np.vstack((places, places + np.array([0.5, 0.5, 0, 0, -0.05, -0.05, 0]), np.zeros((20, 7))))
    how = Detection(boxes="cxcywh", overlap=0.7)
    assert same(detected([repeated.T[None]], how, "map_50"))


def test_with_objectness_a_score_is_a_product() -> None:
    rows = np.hstack((BOXES, [[0.5], [0.5]], [[0.1, 1.0], [0.8, 0.2]], np.zeros((2, 3))))
    made = detected([np.vstack((rows, np.zeros((20, 10))))], Detection(overlap=0.7, objectness=True), "map_50")
    assert made.scores.tolist() == pytest.approx([0.5, 0.4])


@pytest.mark.parametrize(("way", "written"), [
    ("xywh", [10, 20, 20, 40]), ("cxcywh", [20, 40, 20, 40]), ("yxyx", [20, 10, 60, 30]),
])  # fmt: skip
def test_each_way_of_writing_a_box_is_two_corners(way: str, written: list[float]) -> None:
    made = detected([np.array([written]), SCORES[:1], CLASSES[:1]], Detection(boxes=way), "map_50")  # type: ignore[arg-type]
    assert made.corners.tolist() == [BOXES[0].tolist()]


def test_shares_of_a_picture_become_pixels() -> None:
    made = detected([BOXES / [200, 100, 200, 100], SCORES, CLASSES], Detection(size=(100, 200)), "map_50")
    assert same(made)


def test_a_background_is_no_detection() -> None:
    assert detected([BOXES, SCORES, CLASSES], Detection(first_class=1), "map_50").classes.tolist() == [0]


def test_of_boxes_of_one_class_that_overlap_the_best_stays() -> None:
    twice = Boxes(np.vstack((BOXES, BOXES)), np.append(CLASSES, [1.0, 1.0]), np.array([0.5, 0.6, 0.7, 0.3]))
    assert without_repeats(twice, 0.5).scores.tolist() == [0.7, 0.6, 0.3]


def test_a_picture_without_boxes_is_normal() -> None:
    nothing = [np.zeros((0, 4)), np.zeros(0), np.zeros(0)]
    assert taken("map_50", nothing, np.full((3, 5), -1.0)).row == (0.0,)
    made = taken("map_50", nothing, [[1, 10, 20, 30, 60], [-1, 0, 0, 0, 0]])
    assert (made.sample, made.row) == (0.0, (1.0, 1.0))


def test_rows_of_no_known_form_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"an output of 84x100 is read as .* `detection: \{overlap: 0.7"):
        detected([np.zeros((1, 84, 100))], PLAIN, "map_50")


def test_labels_with_widths_are_told_from_corners() -> None:
    with pytest.raises(ConfigError, match="a box ends before it begins"):
        refuse_labels(METRICS["map_50"], items(np.array([[[0, 10, 10, 5, 5]]])), "labels")
