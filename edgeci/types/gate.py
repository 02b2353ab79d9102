"""What is demanded of a candidate, and what may ship although it fails."""

import datetime

from pydantic import Field

from edgeci.types.bounds import Finite
from edgeci.types.measurement import Against
from edgeci.types.noun import Name, Noun


class Gate(Noun):
    """What is demanded of a candidate. `metric` is data, `rule` is behaviour."""

    rule: str
    """How the metric is compared with the limit."""
    metric: str
    """What is compared."""
    limit: Finite
    """In the rule's own terms: a factor, a share, or the metric's unit."""
    against: Against = "unoptimized"
    """Baseline: the unoptimized model, the base branch, or an earlier release."""
    target: Name | None = None
    """Only for this target; default every target."""
    floor: float = Field(default=0, ge=0, allow_inf_nan=False)
    """Rule `regression`: a difference of no more than this, in the metric's unit, is none."""
    slice_items: int = Field(default=64, ge=16, lt=2**63)
    """Rule `worst-slice`: slices with fewer items decide nothing."""
    name: str | None = None
    """What people read instead of metric and rule."""
    line: int | None = None
    """Line of edgeci.yaml that demands it; edgeci fills it in."""

    @property
    def title(self) -> str:
        return self.name or f"{self.metric} {self.rule}"


class Waiver(Noun):
    """A failure somebody answers for, until a date: it ships, and stays a failure in every report."""

    rule: str
    """Of the gate that may fail."""
    metric: str
    """Of the gate that may fail."""
    target: Name | None = None
    """Only on this target; default every target."""
    owner: str = Field(min_length=1)
    """Who answers for it."""
    reason: str = Field(min_length=1)
    """Why it may ship all the same."""
    expires: datetime.date
    """Last day it holds, YYYY-MM-DD; afterwards it is an error in edgeci.yaml."""

    def is_for(self, gate: Gate) -> bool:
        """Whether it is about this gate, on some target."""
        return (self.rule, self.metric) == (gate.rule, gate.metric) and (
            self.target is None or gate.target in (None, self.target)
        )

    @property
    def sentence(self) -> str:
        return f"waived by {self.owner} until {self.expires}: {self.reason}"
