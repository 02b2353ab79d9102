"""Peak memory is counted in pages, and how many of them a process happens to touch is partly chance.

Of something small, that chance is a large share. So every bound of a memory peak is wider by it on both sides.
"""

from edgeci.types import Measurement

PAGE_NOISE_MB = 0.5
"""By which peaks of two processes of one file differ: of eight processes each of seven ONNX files (2.5 KB to 17 MB), up
to 0.23 MB in ONNX Runtime and 0.36 to 0.64, once 1.17, in OpenVINO."""
SMALLEST_MB = 1e-9


def noise_mb(measurement: Measurement, floor: float = 0.0) -> float:
    """What is not yet covered by a floor that the gate has itself; none where a file is compared with itself."""
    if measurement.metric != "peak_memory" or measurement.candidate == measurement.baseline:
        return 0.0
    return max(0.0, PAGE_NOISE_MB - floor)


def moved(measurement: Measurement, by_mb: float) -> Measurement:
    """With every sample so much larger or smaller."""
    samples = tuple(max(SMALLEST_MB, sample + by_mb) for sample in measurement.samples)
    return measurement.model_copy(update={"samples": samples})


def noise_note(measurement: Measurement, noise: float) -> str:
    return (
        f"; two processes of one file differ by up to {noise:g} {measurement.unit}, which decides here: gate on size, "
        "or set the limit further away"
    )
