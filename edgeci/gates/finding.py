"""What a rule finds: an outcome, the sentence and the numbers."""

from dataclasses import dataclass

from edgeci.types import Outcome


@dataclass(frozen=True)
class Finding:
    """`value`, `lower` and `upper` are in the rule's own terms."""

    outcome: Outcome
    reason: str
    value: float | None = None
    lower: float | None = None
    upper: float | None = None
    advice: str = ""
    """The reason's end: what would decide, where nothing has. Nothing would where the samples are not what is meant."""
