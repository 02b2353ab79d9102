"""The progressive ledger of one target: baseline, conversion, quantization, acceleration, validation.

Each stage on the way to the winner, or to the best there is, with what it won and lost against the stage before it, and
the alternatives that were rolled back. Every candidate is made from the source, so a stage is what its recipe adds, not
a file that the next one starts from. Only measured numbers are compared; what was not measured reads n/a.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from edgeci.reports.ledger import Ledger
from edgeci.reports.rolled_back import nameless, rejected
from edgeci.reports.step_numbers import numbers_of, texts
from edgeci.reports.values import is_measured, quality_metric
from edgeci.reports.way import SPEEDS, Stage, Way, baseline_of, goal_of, way_to
from edgeci.types import Candidate
from edgeci.types.tally import tally

SPEED_TITLES = {
    "latency_cpu": "latency (CPU)",
    "latency_wall": "latency (wall)",
    "tpot_cpu": "time per token (CPU)",
    "tpot_wall": "time per token (wall)",
}
NOTHING = "-"


@dataclass(frozen=True)
class Step:
    """One stage, as it is shown."""

    stage: Stage
    kept: str
    """What stays of it; `-` where the way does not pass through it."""
    quality: str
    speed: str
    size: str
    memory: str
    rolled_back: tuple[str, ...]
    """Alternatives at this stage, each with why it is not on the way."""

    @property
    def numbers(self) -> tuple[str, str, str, str]:
        return self.quality, self.speed, self.size, self.memory


@dataclass(frozen=True)
class Progress:
    """The five stages of one target."""

    steps: tuple[Step, ...]
    kept_title: str
    quality_title: str
    speed_title: str
    note: str


def progress(ledger: Ledger) -> Progress | None:
    """None where there is no way to show: nothing was measured against a baseline."""
    baseline, goal = baseline_of(ledger), goal_of(ledger)
    if baseline is None or goal is None:
        return None
    quality = quality_metric(ledger)
    speed = next((metric for metric in SPEEDS if is_measured(ledger, metric)), None)
    way = way_to(ledger, baseline, goal)
    return Progress(
        steps=tuple(steps(ledger, way, goal, quality, speed)),
        kept_title="kept" if ledger.winner else "nearest",
        quality_title=quality or "quality",
        speed_title=SPEED_TITLES.get(speed or "", "speed"),
        note=(
            f"The way to {'the release' if ledger.winner else 'the best candidate, which is not released'}: each stage "
            "against the one before it, validation against the baseline."
        ),
    )


def steps(ledger: Ledger, way: Way, goal: Candidate, quality: str | None, speed: str | None) -> Iterator[Step]:
    first = before = None
    for stage in ("baseline", "conversion", "quantization", "acceleration"):
        kept = way.get(stage)
        rolled_back = tuple(rejected(ledger, stage, way))
        if isinstance(kept, Candidate):
            now = numbers_of(ledger, kept, quality, speed)
            yield Step(stage, ledger.title(kept.recipe.id), *texts(now, before, quality), rolled_back)
            first, before = first or now, now
        else:
            missing = "n/a" if kept else ""
            yield Step(stage, kept or NOTHING, missing, missing, missing, missing, rolled_back)
    reached = numbers_of(ledger, goal, quality, speed)
    yield Step("validation", judged(ledger, goal.recipe.id), *texts(reached, first, quality), tuple(nameless(ledger)))


def judged(ledger: Ledger, recipe_id: str) -> str:
    own = ledger.verdicts_on(recipe_id)
    return tally(own) if own else "not judged"
