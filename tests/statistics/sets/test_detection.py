"""Average precision is what COCO's own evaluation gives, and weights are as good as copies."""

import numpy as np
import pytest
from faster_coco_eval import COCO, COCOeval_faster

from edgeci.evaluation.boxes import Boxes, matched_row
from edgeci.statistics.sets import Row, value, values

PICTURES = 40


def boxes(generator: np.random.Generator, count: int) -> np.ndarray:
    corners = generator.uniform(0, 80, (count, 2))
    return np.hstack((corners, corners + generator.uniform(5, 40, (count, 2))))


def drawn() -> list[tuple[Boxes, Boxes]]:
    """Labels and detections of pictures; some have none of either."""
    generator = np.random.default_rng(8)
    pictures = []
    for _ in range(PICTURES):
        labels = Boxes(boxes(generator, count := int(generator.integers(0, 6))), generator.integers(0, 3, count))
        kept = generator.random(count) < 0.8
        moved = labels.corners[kept] + generator.normal(0, 2, (int(kept.sum()), 4))
        classes = np.where(generator.random(len(moved)) < 0.9, labels.classes[kept], 2)
        noise = int(generator.integers(0, 4))
        pictures.append((labels, Boxes(
            np.vstack((moved, boxes(generator, noise))), np.append(classes, generator.integers(0, 3, noise)),
            generator.random(len(moved) + noise).round(2))))  # fmt: skip
    return pictures


def by_coco(pictures: list[tuple[Boxes, Boxes]]) -> tuple[float, float]:
    def annotation(place: int, item: int, box: np.ndarray, name: int) -> dict[str, object]:
        x, y, right, bottom = map(float, box)
        size = [x, y, right - x, bottom - y]
        return {"id": place, "image_id": item, "category_id": int(name), "bbox": size, "area": size[2] * size[3],
                "iscrowd": 0}  # fmt: skip

    truth: list[dict[str, object]] = []
    given: list[dict[str, object]] = []
    for item, (labels, detections) in enumerate(pictures):
        truth += [annotation(len(truth) + place + 1, item, box, name)
                  for place, (box, name) in enumerate(zip(labels.corners, labels.classes, strict=True))]  # fmt: skip
        parts = zip(detections.corners, detections.classes, detections.scores, strict=True)
        given += [annotation(0, item, box, name) | {"score": float(score)} for box, name, score in parts]
    names = [{"id": name, "name": str(name)} for name in range(3)]
    coco = COCO({"images": [{"id": item} for item in range(PICTURES)], "annotations": truth, "categories": names})
    evaluation = COCOeval_faster(coco, coco.loadRes(given), "bbox")
    evaluation.run()
    return evaluation.stats[1], evaluation.stats[0]


def rows() -> list[Row]:
    return [matched_row(labels, detections) for labels, detections in drawn()]


def test_mean_average_precision_is_cocos() -> None:
    at_50, overall = by_coco(drawn())
    assert value("map_50", rows()) == pytest.approx(at_50, abs=1e-9)
    assert value("map_50_95", rows()) == pytest.approx(overall, abs=1e-9)


def test_a_picture_of_weight_two_is_as_good_as_two_of_them() -> None:
    """But for detections of one score, of which two come one after the other and one counts twice at once."""
    made = rows()
    weights = np.random.default_rng(1).integers(0, 3, len(made))
    copies = [row for row, weight in zip(made, weights, strict=True) for _ in range(weight)]
    weighted = values("map_50_95", made, np.vstack((np.ones(len(made)), weights)).astype(float))
    assert weighted.tolist() == pytest.approx([value("map_50_95", made), value("map_50_95", copies)], rel=2e-3)
