"""A candidate and one of its baselines on one target, and how what is measured of them is written down."""

from collections.abc import Sequence

from edgeci.measuring.bench import Bench
from edgeci.types import Against, Conditions, Measurement
from edgeci.workbench.contender import Contender

NONE_RECORDED = Conditions()


class Pair:
    """A candidate and one of its baselines."""

    def __init__(self, bench: Bench, ours: Contender, theirs: Contender, against: Against) -> None:
        self.bench, self.ours, self.theirs, self.against = bench, ours, theirs, against
        self.config = bench.config

    def measurement(
        self,
        metric: str,
        samples: Sequence[float],
        reference: Sequence[float],
        labels: tuple[float, ...] = (),
        conditions: Conditions = NONE_RECORDED,
    ) -> Measurement:
        return Measurement(
            candidate=self.ours.candidate.recipe.id,
            target=self.bench.target.name,
            metric=metric,
            unit=self.config.measured(metric).unit,
            better=self.config.measured(metric).better,
            samples=tuple(samples),
            against=self.against,
            baseline=self.theirs.candidate.recipe.id,
            reference=tuple(reference),
            labels=labels,
            conditions=conditions,
        )

    def unavailable(self, metric: str, reason: object) -> Measurement:
        return self.bench.unavailable(self.ours, self.against, metric, reason)
