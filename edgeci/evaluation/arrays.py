"""What NumPy's arrays are called here."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.generic]
"""Of numbers or texts, as they were stored."""
Floats = npt.NDArray[np.float32]
"""What models compute with."""
