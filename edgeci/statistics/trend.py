"""How steady a series is: its slope, and how much it scatters."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from edgeci.statistics.resampling import studentized_bounds


def drift(values: Sequence[float], confidence: float = 0.95) -> tuple[float, float, float]:
    """Change from the first value to the last as a share of the median: estimate, one-sided lower and upper bounds.

    The median of all pairwise slopes, which a third of outliers cannot move, and Sen's interval from Kendall's tau:
    Theil (1950), Sen (1968), Journal of the American Statistical Association 63(324). The interval takes the scatter
    around the line to be independent; average a correlated series into blocks first.
    """
    from scipy.stats import theilslopes

    slope, _, low, high = theilslopes(values, np.arange(len(values)), alpha=2 * confidence - 1)
    whole = (len(values) - 1) / float(np.median(values))
    return float(slope) * whole, float(low) * whole, float(high) * whole


def variation(values: Sequence[float], confidence: float = 0.95) -> tuple[float, float, float]:
    """Coefficient of variation: estimate, one-sided lower and upper bounds (studentized bootstrap of its logarithm)."""
    series = np.asarray(values, np.float64)
    if series.std() == 0:
        return 0.0, 0.0, 0.0

    def logarithm(chosen: npt.NDArray[np.intp]) -> tuple[float, float]:
        """ln CV and its standard error, from the influence function of ln(deviation) - ln(mean)."""
        picked = series[chosen]
        mean, deviation = picked.mean(), picked.std(ddof=1)
        if deviation == 0:
            return -math.inf, 0.0
        influence = ((picked - mean) / deviation) ** 2 / 2 - picked / mean
        return math.log(deviation / mean), float(influence.std(ddof=1)) / math.sqrt(len(picked))

    low, high = studentized_bounds(logarithm, len(series), confidence)
    return float(series.std(ddof=1) / series.mean()), math.exp(low), math.exp(high)
