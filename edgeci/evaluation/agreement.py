"""How two models' outputs on the same items agree: every output, every channel of it, whatever the metric looks at.

A cosine over a whole output says nothing of integers (that of two numbers is always 1) and nothing of scores from 0 to
1 beside boxes from 0 to 640. So numbers are compared with their own channel's spread, and ids by equality.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from edgeci.errors import BackendFailed
from edgeci.evaluation.arrays import Array
from edgeci.evaluation.comparisons import mean_cosine
from edgeci.types import OutputAgreement

Numbers = npt.NDArray[np.float64]
IMMATERIAL = 1e-4
"""Of an output's largest magnitude: a channel that varies by less is compared as if it varied by this."""
EXTREME = 20
"""One value in so many, those furthest from the channel's middle: where a detector's channel says something at all."""
MOST_CHANNELS = 4096
"""Looked at along one axis; of more, so many that lie at equal distances."""
FEWEST = 8
"""Values of a channel, below which its spread is unknown."""


def compared(name: str, theirs: Array, ours: Array) -> OutputAgreement:
    """Of one output: (items, ...) of the source and of a candidate.

    Raises:
        BackendFailed: another shape or type, or an infinity where the source has none.
    """
    if theirs.shape != ours.shape:
        raise BackendFailed(f"its output {name} has shape {ours.shape[1:]}, the source's {theirs.shape[1:]}")
    if theirs.dtype.kind != "f":
        return OutputAgreement(name=name, equal=float(np.mean(theirs == ours)))
    finite = np.isfinite(theirs)
    if not np.array_equal(theirs[~finite], ours[~finite]):
        raise BackendFailed(f"its output {name} does not hold infinity where the source's does, or elsewhere too")
    reference, answers = (np.where(finite, part, 0).astype(np.float64) for part in (theirs, ours))
    if not np.isfinite(answers).all():
        raise BackendFailed(f"its output {name} holds infinity, and the source's does not")
    worst, channel = worst_channel(reference, answers)
    flat = [part.reshape(len(part), -1) for part in (reference, answers)]
    return OutputAgreement(
        name=name,
        cosine=mean_cosine(reference, answers) if flat[0].shape[1] > 1 else None,
        max_error=float(np.abs(reference - answers).max(initial=0)),
        same_top=top_share(*flat) if is_vector(theirs) else None,
        worst=worst,
        channel=channel,
    )


def is_vector(output: Array) -> bool:
    """Whether an item has one row of several numbers."""
    return [size > 1 for size in output.shape[1:]].count(True) == 1


def top_share(theirs: Numbers, ours: Numbers) -> float:
    return float(np.mean(theirs.argmax(axis=1) == ours.argmax(axis=1)))


def worst_channel(theirs: Numbers, ours: Numbers) -> tuple[float, str]:
    """The largest error of any channel in units of its own spread, and which: 0 is equal, 1 as good as a constant."""
    largest = float(np.abs(theirs).max(initial=0))
    errors = [(channel_error(values, others, largest), where) for values, others, where in channels(theirs, ours)]
    return max(errors, default=(0.0, ""), key=lambda error: error[0])


def channels(theirs: Numbers, ours: Numbers) -> Iterator[tuple[Numbers, Numbers, str]]:
    """Each place along the first dimension of an item, and along its last: frameworks keep channels in either."""
    axes = sorted({1, theirs.ndim - 1}) if theirs.ndim > 1 else []
    if not axes:
        yield theirs, ours, ""
    for axis in axes:
        for place in range(0, theirs.shape[axis], -(-theirs.shape[axis] // MOST_CHANNELS) or 1):
            values = np.take(theirs, place, axis)
            if values.size >= FEWEST:
                yield values, np.take(ours, place, axis), f"{place} of {theirs.shape[axis]} along axis {axis}"


def channel_error(theirs: Numbers, ours: Numbers, largest: float) -> float:
    """Root mean square of the errors, by the spread: of all values, and of those that stand out most."""
    away = np.abs(theirs - np.median(theirs)).ravel()
    errors = (ours - theirs).ravel()
    count = max(FEWEST, len(away) // EXTREME)
    extreme = np.argpartition(away, -count)[-count:]
    return max(relative(errors, away, largest), relative(errors[extreme], away[extreme], largest))


def relative(errors: Numbers, away: Numbers, largest: float) -> float:
    spread = max(float(np.sqrt(np.mean(away**2))), IMMATERIAL * largest)
    error = float(np.sqrt(np.mean(errors**2)))
    return error / spread if spread else float(error > 0)
