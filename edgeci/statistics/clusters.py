"""Items that belong together (frames of a video, questions of one passage) are no independent witnesses.

What is drawn again, and counted, are then clusters. Miller 2024, Adding Error Bars to Evals (arXiv 2411.00640), 2.2.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Indices = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]


def unit_of(count: int, clusters: Sequence[str]) -> Indices:
    """(n,) the number of the cluster of each item; where none is named, each item is one."""
    if not clusters:
        return np.arange(count)
    return np.asarray(np.unique(clusters, return_inverse=True)[1])


def members(units: Indices) -> list[Indices]:
    """The items of each cluster."""
    order = np.argsort(units, kind="stable")
    return np.split(order, np.cumsum(np.bincount(units))[:-1])


def summed(values: Floats, units: Indices) -> Floats:
    """(clusters,) sums of (n,) values."""
    return np.asarray(np.bincount(units, weights=values), np.float64)


def design_effect(deviations: Floats, units: Indices) -> float:
    """How many items of these clusters know as much as one that is independent, at least 1.

    The variance of a mean over clusters by that over items (Rao & Scott 1992, Biometrics 48(2)): counts divided by it
    go into methods for independent items. Where nothing varies, a cluster counts as one item.

    Args:
        deviations: (n,) what each item adds to the numerator of the estimate's error; its mean is zero.
    """
    clusters = int(units.max()) + 1
    alone = float((deviations**2).sum())
    if clusters == len(deviations):
        return 1.0
    if alone == 0 or clusters == 1:
        return len(deviations) / clusters
    together = float((summed(deviations, units) ** 2).sum()) * clusters / (clusters - 1)
    return max(1.0, together / alone)
