"""Where a candidate stands in one metric: the baseline is 0, less is better, and the truth lies within the bounds."""

import math
from dataclasses import dataclass
from statistics import median

from edgeci.gates.defects import impossible_samples, is_paired, sample_defects
from edgeci.gates.item_bounds import CONFIDENCE
from edgeci.gates.page_noise import noise_mb
from edgeci.gates.ratio import MARGIN, costs, extremes, independent, lacks_samples, too_busy
from edgeci.metrics import METRICS, QUALITY_KINDS, is_own
from edgeci.statistics.estimates import estimate, reference_estimate
from edgeci.statistics.intervals import looks
from edgeci.statistics.quality_bounds import lost_bounds, own_bounds
from edgeci.types import Measurement


@dataclass(frozen=True)
class Standing:
    """ln(candidate / baseline) of what is timed or weighed; of quality what is lost, in the metric's unit."""

    middle: float
    low: float
    high: float


BASELINE = Standing(0.0, 0.0, 0.0)
"""It is as good as itself by definition, whatever two processes of it differ by."""


def standing(measurement: Measurement) -> Standing | None:
    """By the numbers that the gates judge and the table shows; None where nothing can be said."""
    if measurement.candidate == measurement.baseline:
        return BASELINE
    if not is_comparable(measurement):
        return None
    kind = METRICS[measurement.metric].kind
    if kind in QUALITY_KINDS:
        return of_quality(measurement)
    if kind == "percentile":
        return of_percentile(measurement)
    return of_pairs(measurement) if kind in ("timing", "resource") else None


def is_comparable(measurement: Measurement) -> bool:
    metric = METRICS[measurement.metric]
    is_labelled = len(measurement.labels) == len(measurement.samples)
    lacks_labels = metric.kind == "class" and metric.needs_labels and not is_labelled
    defects = [*sample_defects(measurement), *impossible_samples(measurement)]
    return not defects and not lacks_labels and is_paired(measurement)


def of_pairs(measurement: Measurement) -> Standing:
    """The median of the pairs; the last look's interval of a timing, all that was seen of the few of a resource."""
    pairs = costs(measurement)
    low, high = extremes(measurement, noise_mb(measurement))
    if METRICS[measurement.metric].kind == "timing":
        reached = [] if too_busy(measurement) else looks(pairs)
        low, high = reached[-1][1:] if reached else (-math.inf, math.inf)
    return Standing(median(pairs), low, high)


def of_percentile(measurement: Measurement) -> Standing | None:
    if lacks_samples(measurement):
        return None
    _, low, middle, high = independent(measurement, 0.0)
    return Standing(middle, low, high)


def of_quality(measurement: Measurement) -> Standing:
    """A comparison's own value is what is lost: the baseline is at no distance from itself."""
    ours, theirs = estimate(measurement) or 0.0, reference_estimate(measurement) or 0.0
    if not METRICS[measurement.metric].is_comparison:
        lost = theirs - ours if measurement.better == "higher" else ours - theirs
        return Standing(lost, *lost_bounds(measurement, CONFIDENCE))
    low, high = own_bounds(measurement, CONFIDENCE)
    return Standing(ours, low, high) if measurement.better == "lower" else Standing(1 - ours, 1 - high, 1 - low)


def surely_better(metric: str, one: Standing, other: Standing) -> bool:
    """Wholly better; of timings by more than two processes of one file differ by, as a gate's failure must be."""
    margin = math.log(MARGIN) if METRICS[metric].kind in ("timing", "percentile") else 0.0
    return one.high + margin < other.low


def told(metric: str, stands: Standing) -> str:
    """`1.02x, bounds 0.98x..1.05x`; a timing as times better, as the table has it."""
    middle, low, high = (text(metric, value) for value in (stands.middle, stands.low, stands.high))
    if not (math.isfinite(stands.low) and math.isfinite(stands.high)):
        return f"{middle}, no bound yet"
    if stands.low == stands.high:
        return middle
    first, last = (high, low) if METRICS[metric].kind in ("timing", "percentile") else (low, high)
    return f"{middle}, bounds {first}..{last}"


def text(metric: str, value: float) -> str:
    known = METRICS[metric]
    if known.kind in QUALITY_KINDS:
        return f"{value:.4g} {'worse' if is_own(metric) else 'lost' if known.better == 'higher' else 'more'}"
    if not -700 < value < 700:  # beyond it there is no bound, and no float either
        return ""
    return f"{math.exp(-value):.2f}x" if known.kind in ("timing", "percentile") else f"{math.expm1(value):+.0%}"


def told_of_both(metric: str, ours: Standing | None, theirs: Standing | None) -> str:
    both = [told(metric, each) if each else "not measured" for each in (ours, theirs)]
    return " against ".join(both)
