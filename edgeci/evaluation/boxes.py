"""Boxes of a picture, and which of those that were detected are which of those that are there."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
LEVELS = np.linspace(0.5, 0.95, 10)
"""IoU from which on two boxes are the same."""
MOST = 100
"""Detections of a class in a picture that count, the highest scores; as COCO."""


@dataclass(frozen=True)
class Boxes:
    """(m, 4) corners x1, y1, x2, y2, (m,) classes and (m,) scores; a label's are 1."""

    corners: Floats
    classes: Floats
    scores: Floats = field(default_factory=lambda: np.zeros(0))

    def __len__(self) -> int:
        return len(self.corners)

    def chosen(self, places: npt.NDArray[np.intp]) -> "Boxes":
        return Boxes(self.corners[places], self.classes[places], self.scores[places])


def matched_row(labels: Boxes, detections: Boxes) -> tuple[float, ...]:
    """What a picture adds to the average precision, as `edgeci.statistics.sets.detection` wants it."""
    row = [float(len(labels)), *labels.classes.tolist()]
    for name in np.unique(detections.classes):
        true = labels.corners[labels.classes == name]
        places = np.nonzero(detections.classes == name)[0]
        places = places[np.argsort(-detections.scores[places], kind="stable")][:MOST]
        bits = matched(overlaps(detections.corners[places], true))
        for place, matches in zip(places, bits, strict=True):
            row += [float(name), float(detections.scores[place]), float(matches)]
    return tuple(row)


def matched(shares: Floats) -> list[int]:
    """Bits of LEVELS at which each detection, the highest score first, takes the label it overlaps most.

    A label is taken once. As pycocotools' `evaluateImg`: of equal overlaps the last label counts.
    """
    bits = [0] * len(shares)
    for level, limit in enumerate(LEVELS):
        free = np.ones(shares.shape[1], dtype=bool)
        for place, row in enumerate(shares):
            able = np.where(free, row, -1.0)
            if not len(able) or able.max() < min(limit, 1 - 1e-10):
                continue
            free[len(able) - 1 - int(np.argmax(able[::-1]))] = False
            bits[place] |= 1 << level
    return bits


def overlaps(ours: Floats, theirs: Floats) -> Floats:
    """(m, k) intersection / union of (m, 4) and (k, 4) boxes."""
    low = np.maximum(ours[:, None, :2], theirs[None, :, :2])
    high = np.minimum(ours[:, None, 2:], theirs[None, :, 2:])
    both = np.clip(high - low, 0, None).prod(axis=2)
    union = area(ours)[:, None] + area(theirs)[None] - both
    return np.asarray(np.divide(both, union, out=np.zeros_like(both), where=union > 0))


def area(boxes: Floats) -> Floats:
    sizes: Floats = np.clip(boxes[:, 2:] - boxes[:, :2], 0, None).prod(axis=1)
    return sizes


def without_repeats(boxes: Boxes, limit: float) -> Boxes:
    """Non-maximum suppression: of boxes of one class that overlap by more than this, the highest score stays."""
    left = np.argsort(-boxes.scores, kind="stable")
    kept: list[int] = []
    while len(left):
        first, others = left[0], left[1:]
        kept.append(int(first))
        shares = overlaps(boxes.corners[[first]], boxes.corners[others])[0]
        left = others[(boxes.classes[others] != boxes.classes[first]) | (shares <= limit)]
    return boxes.chosen(np.array(kept, dtype=np.intp))
