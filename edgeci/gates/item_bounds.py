"""The bounds that judge what is taken of items."""

from edgeci.statistics.quality_bounds import flip_bounds, kept_bounds, lost_bounds
from edgeci.types import Measurement

CONFIDENCE = 0.95
"""Of each one-sided bound."""


def bounds_kept(measurement: Measurement) -> tuple[float, float]:
    return kept_bounds(measurement, CONFIDENCE)


def bounds_lost(measurement: Measurement) -> tuple[float, float]:
    return lost_bounds(measurement, CONFIDENCE)


def bounds_flipped(measurement: Measurement) -> tuple[float, float]:
    return flip_bounds(measurement, CONFIDENCE)


def flipped(measurement: Measurement) -> int:
    """Items whose predicted class is not the baseline's."""
    return sum(ours != theirs for ours, theirs in zip(measurement.samples, measurement.reference, strict=True))
