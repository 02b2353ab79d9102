"""A target's candidates side by side: what every report shows of them."""

from dataclasses import dataclass

from edgeci.types import Outcome


@dataclass(frozen=True)
class CandidateRow:
    """One candidate on one target."""

    recipe_id: str
    title: str
    quality: float | None
    latency_ms: float | None
    speed_up: float | None
    """Times faster than the baseline of the same rounds."""
    size_mb: float | None
    memory_mb: float | None
    memory_ratio: float | None
    """Peak memory as a share of the baseline's."""
    outcome: Outcome | None
    """None for a baseline that is not itself judged."""
    reason: str | None
    """Why it is not released."""
    is_winner: bool
    is_baseline: bool
    is_waived: bool = False
    """Whether somebody answers for one of its failures."""
    passed: int = 0
    """Gates."""
    gates: int = 0
    """That it was judged on."""

    @property
    def verdict(self) -> str:
        """A baseline that is no faster than itself has not failed: it is what the others are compared with."""
        if self.is_baseline and self.outcome in (None, "failed", "inconclusive"):
            return "baseline"
        return self.outcome or "broken"

    @property
    def verdict_text(self) -> str:
        """With how many gates were passed, so that a near miss is told from a bad model."""
        if self.is_waived:
            return f"{self.verdict}, waived"
        is_partial = self.verdict in ("failed", "inconclusive") and self.gates > 1
        return f"{self.verdict} ({self.passed} of {self.gates})" if is_partial else self.verdict


@dataclass(frozen=True)
class Column:
    """What one candidate has there, by recipe id."""

    title: str
    texts: dict[str, str]
    is_for_pages: bool = False
    """Left out where there is little width."""


@dataclass(frozen=True)
class CandidateTable:
    """The rows of one target and the metrics in them; the winner first, then as measured."""

    rows: tuple[CandidateRow, ...]
    quality_metric: str | None
    latency_metric: str | None
    higher_is_better: bool = True
    """Of the quality metric."""
    columns: tuple[Column, ...] = ()
    """Quality; of a language model also what a reader of its answers waits for."""

    @property
    def quality_title(self) -> str:
        return self.quality_metric or "quality"

    @property
    def speed_up_title(self) -> str:
        return {"latency_cpu": "speed-up (CPU)", "latency_wall": "speed-up (wall)"}.get(
            self.latency_metric or "", "speed-up"
        )

    @property
    def losers(self) -> tuple[CandidateRow, ...]:
        return tuple(row for row in self.rows if row.reason is not None)
