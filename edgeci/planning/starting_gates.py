"""What a new configuration demands: what a model of this size, and not quantized yet, can be asked for."""

from dataclasses import dataclass
from typing import Literal

from edgeci.gates.page_noise import PAGE_NOISE_MB
from edgeci.types import Assessment

WEIGHTS_DOMINATE_MB = 32
"""Size of a model from which on its weights are most of the memory it takes, and pages and activations are not."""


@dataclass(frozen=True)
class StartingGates:
    """A preset, and why it is this one, in sentences of a line each."""

    preset: Literal["course", "course-small", "no-worse"]
    reasons: tuple[str, ...]

    @property
    def is_quantized(self) -> bool:
        return self.preset == "no-worse"


def starting_gates(assessment: Assessment) -> StartingGates:
    size_mb = assessment.model.size_bytes / 1e6
    if any(concern.code == "already-quantized" for concern in assessment.concerns):
        return StartingGates("no-worse", ("The model is quantized already: twice the speed or half the size is gone.",))
    if size_mb < WEIGHTS_DOMINATE_MB:
        return StartingGates(
            "course-small",
            (
                f"The model has {size_mb:.3g} MB: its size is judged, not its memory, of which pages and activations",
                f"are a large share (two processes of one file differ by up to {PAGE_NOISE_MB:g} MB). `course` judges "
                "memory.",
            ),
        )
    return StartingGates("course", (f"The model has {size_mb:.0f} MB, which is most of the memory it takes.",))
