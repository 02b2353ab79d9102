"""Where a model must run."""

from typing import Literal

from pydantic import Field, JsonValue

from edgeci.types.bounds import Finite, Megabytes
from edgeci.types.noun import Name, Noun


class Target(Noun):
    """A kind of machine the model must run on, and the runner that stands for it."""

    name: Name
    """What the target is called in reports, releases and `--target`."""
    runs_on: str | tuple[str, ...] | dict[str, JsonValue] = "self-hosted"
    """GitHub runner label, labels, or {group, labels}."""
    backends: tuple[Name, ...] = Field(default=("onnxruntime",), min_length=1)
    """Who may make and run candidates for it; the first one that runs the model as it is gives the baseline."""
    threads: int = Field(default=1, ge=1, le=4096)
    """Threads of one inference, at most the machine's cores. With more than one, wall time decides, not CPU time."""
    accelerator: Literal["cpu", "gpu", "npu"] = "cpu"
    """Where it must run; falling back to another one is refused."""
    memory_mb: Megabytes | None = None
    """Memory the device has for this model; a worker is limited to it."""
    watts_per_core: Finite | None = Field(default=None, gt=0)
    """What one busy core draws, if you know it: for an estimate of energy that is shown and never gated."""
