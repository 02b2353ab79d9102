"""What else a reader of samples needs: how they were taken, or why there are none."""

from typing import Any, Literal

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from edgeci.types.data import Text
from edgeci.types.noun import Noun


class Conditions(Noun):
    """The conditions of one measurement. None or empty: not recorded, and left out of the record.

    In the order in which reports tell them.
    """

    key: str | None = None
    """sha256 of everything the measurement depends on; equal key, no need to measure again."""
    law: str | None = None
    """Digest of all that decides what is measured and how, and of the base; gates judge what their own law measured."""
    machine: str | None = None
    """Fingerprint of the hardware it was measured on."""
    threads: int | None = None
    """Threads of one inference."""
    rate: float | None = None
    """Load: requests a second that were sent."""
    launches: int | None = None
    """Processes the samples are spread over."""
    seconds: float | None = None
    """Wall seconds the samples took."""
    contention: float | None = None
    """Wall per CPU time of the baseline: 1 on a free core, more where it has to wait."""
    seed: int | None = None
    """Of the order in which sides take turns, or of the arrivals of a load."""
    scheduling: str | None = None
    """How blocks were scheduled: `fifo`, `nice -10` or `normal` and why."""
    arrived: int | None = None
    """Load: requests that came, answered or not."""
    served_per_second: float | None = None
    """Load: requests that one session serves a second."""
    saturated: str | None = None
    """Load: why the queue grows as long as requests come, in words; None where it does not."""
    interval_seconds: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    """Soak: seconds from one sample to the next."""
    inferences: int | None = None
    """Soak: inferences behind all samples."""
    runtime: dict[str, str] = {}
    """What the candidate's session says of itself: its version and options."""
    baseline_runtime: dict[str, str] = {}
    """What the baseline's session says of itself."""
    text: Text | None = None
    """How a language model was asked."""
    tokens: int | None = None
    """Tokens of each stretch of running text that was scored."""
    class_scores: str | None = None
    """Where shares are compared: what was taken for them, `shares` or `softmax of the outputs`."""
    runtime_mb: float | None = None
    """MB of the process before it loads the model."""
    provenance: Literal["measured", "estimated"] | None = None
    """Energy: from a counter, or from CPU time."""
    counter: str | None = None
    """Energy: the counter that was read."""
    includes: str | None = None
    """Energy: what else the counter counts."""
    estimated_joules: float | None = None
    """Energy: joules of an inference, never gated."""
    estimated_from: str | None = None
    """Energy: how the estimate was made."""
    unavailable: str | None = None
    """Why there are no samples."""
    error: str | None = None
    """What went wrong, a class of error, rather than cannot be had here: the next run tries it again."""

    @model_serializer(mode="wrap")
    def recorded(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Without what is not recorded: a measurement does not grow by thirty nulls."""
        return {name: value for name, value in handler(self).items() if value not in (None, {})}
