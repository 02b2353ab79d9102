"""What the gates answered, and which candidate ships for that."""

from typing import Literal

from edgeci.types.gate import Gate, Waiver
from edgeci.types.noun import Name, Noun

Outcome = Literal["passed", "failed", "inconclusive", "broken"]
WORST_FIRST: tuple[Outcome, ...] = ("failed", "broken", "inconclusive", "passed")
"""One failed gate is a "no" whatever became of the others; a broken one leaves the answer open."""


class Verdict(Noun):
    """A gate's answer for one candidate, with the sentence and the numbers behind it."""

    gate: Gate
    candidate: str
    target: Name
    outcome: Outcome
    reason: str
    value: float | None = None
    """Point estimate in the gate's own terms (ratio, share, unit)."""
    lower: float | None = None
    upper: float | None = None
    """Bounds the decision was taken on."""
    waiver: Waiver | None = None
    """Who answers for the failure. The outcome stays failed."""

    @property
    def may_ship(self) -> bool:
        """Passed, or failed and waived."""
        return self.outcome == "passed" or (self.outcome == "failed" and self.waiver is not None)

    @property
    def outcome_text(self) -> str:
        return f"{self.outcome}, waived" if self.waiver else self.outcome


class Decision(Noun):
    """What ships for a target, and why the others do not."""

    target: Name
    outcome: Outcome
    winner: str | None
    reason: str
    losers: dict[str, str] = {}
    """Recipe id -> why it is not released."""
