"""Division that says what it does where there is nothing to divide by."""

import math

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def divided(above: Floats, below: Floats, otherwise: float = math.nan) -> Floats:
    """above / below of one shape; `otherwise` where below is not positive."""
    return np.asarray(np.divide(above, below, out=np.full(below.shape, otherwise, np.float64), where=below > 0))
