"""What was measured of a candidate, as raw samples."""

from typing import Literal

from pydantic import Field

from edgeci.metrics import Better
from edgeci.types.conditions import Conditions
from edgeci.types.noun import Name, Noun

Against = Literal["unoptimized", "base", "release"]


class Measurement(Noun):
    """Raw samples of one metric for one candidate on one target, with the baseline's samples of the same rounds.

    Statistics are derived, never stored. sample i of `samples` is paired with sample i of `reference` (timing: the
    same round; quality: the same item).
    """

    candidate: str
    target: Name
    metric: str
    unit: str
    better: Better
    samples: tuple[float, ...]
    against: Against = "unoptimized"
    """Which baseline `reference` is."""
    baseline: str | None = None
    """Recipe id of the baseline that `reference` was measured on."""
    reference: tuple[float, ...] = ()
    labels: tuple[float, ...] = ()
    """Class metrics: the label of each item; samples are predictions."""
    rows: tuple[tuple[float, ...], ...] = ()
    """Metrics of a whole set: what each item adds to it; samples are then what each item has on its own."""
    reference_rows: tuple[tuple[float, ...], ...] = ()
    """The same of the baseline."""
    slices: tuple[str, ...] = ()
    clusters: tuple[str, ...] = ()
    """What each item belongs to, where items are not independent of each other."""
    conditions: Conditions = Field(default_factory=Conditions)
    """How the samples were taken, or why there are none."""
