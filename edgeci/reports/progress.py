"""The progressive ledger of one target: baseline, conversion, quantization, acceleration, validation.

Each stage on the way to the winner, or to the best there is, with what it won and lost against the stage before it, and
the alternatives that were rolled back. Every candidate is made from the source, so a stage is what its recipe adds, not
a file that the next one starts from. Only measured numbers are compared; what was not measured reads n/a.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from edgeci.metrics import METRICS
from edgeci.reports.ledger import Ledger
from edgeci.reports.table import (
    LATENCIES,
    absolute,
    formatted,
    is_measured,
    megabytes_text,
    quality_metric,
    quality_text,
    relative,
)
from edgeci.types import Candidate, Recipe
from edgeci.types.tally import tally, waived_text

Stage = Literal["baseline", "conversion", "quantization", "acceleration", "validation"]
MADE_BY: dict[str, Stage] = {
    # Method -> stage; whatever is not here changes the precision of weights.
    "as-is": "conversion",
    "graph-optimized": "acceleration",
    "bf16": "acceleration",
}
SPEEDS = (*LATENCIES, "tpot_cpu", "tpot_wall")
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


@dataclass(frozen=True)
class Numbers:
    """What was measured of one candidate; None where it was not."""

    quality: float | None = None
    speed_ms: float | None = None
    speed_ratio: float | None = None
    """Time against the baseline of the same rounds."""
    size_mb: float | None = None
    memory_mb: float | None = None
    memory_ratio: float | None = None


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


def stage_of(recipe: Recipe) -> Stage:
    return MADE_BY.get(recipe.method, "quantization")


def baseline_of(ledger: Ledger) -> Candidate | None:
    """What the others were measured against."""
    return next((found for name, found in ledger.candidates.items() if found and name in ledger.baselines), None)


def goal_of(ledger: Ledger) -> Candidate | None:
    """The winner; without one, the judged candidate that fails the fewest gates, the fastest of equals."""
    if ledger.winner:
        return ledger.candidates.get(ledger.winner)
    judged = [found for name, found in ledger.candidates.items() if found and ledger.verdicts_on(name)]
    return min(judged, key=lambda found: distance(ledger, found.recipe.id), default=None)


def distance(ledger: Ledger, recipe_id: str) -> tuple[int, int, float]:
    missed = [verdict.outcome for verdict in ledger.verdicts_on(recipe_id) if not verdict.may_ship]
    undecided = missed.count("inconclusive")
    ratios = (relative(ledger, recipe_id, metric) for metric in SPEEDS)
    ratio = next((ratio for ratio in ratios if ratio is not None and not math.isnan(ratio)), math.inf)
    return len(missed) - undecided, undecided, ratio


Way = dict[Stage, Candidate | str]
"""What stands at a stage: a candidate, or the title of one that is missing."""


def way_to(ledger: Ledger, baseline: Candidate, goal: Candidate) -> Way:
    """The baseline, the goal's runtime with the model as it is, and the goal."""
    way: Way = {"baseline": baseline}
    if goal.recipe.backend != baseline.recipe.backend:
        converted = Recipe(backend=goal.recipe.backend, method="as-is")
        way["conversion"] = next(
            (
                found
                for found in ledger.candidates.values()
                if found and (found.recipe.backend, found.recipe.method) == (converted.backend, converted.method)
            ),
            f"{converted.title}, not measured",
        )
    if goal.recipe.id != baseline.recipe.id:
        way[stage_of(goal.recipe)] = goal
    return way


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


def numbers_of(ledger: Ledger, candidate: Candidate, quality: str | None, speed: str | None) -> Numbers:
    name = candidate.recipe.id
    return Numbers(
        quality=absolute(ledger, name, quality),
        speed_ms=absolute(ledger, name, speed),
        speed_ratio=relative(ledger, name, speed),
        size_mb=candidate.size_bytes / 1e6,
        memory_mb=absolute(ledger, name, "peak_memory"),
        memory_ratio=relative(ledger, name, "peak_memory"),
    )


def texts(now: Numbers, before: Numbers | None, quality: str | None) -> tuple[str, str, str, str]:
    """Each number with its change; without something before it, the number alone."""
    found = (
        quality_text(now.quality, quality),
        formatted(now.speed_ms, "{:.4g} ms"),
        megabytes_text(now.size_mb),
        megabytes_text(now.memory_mb),
    )
    if before is None:
        return found
    changes = (
        quality_change(now.quality, before.quality, quality),
        speed_change(quotient(now.speed_ratio, before.speed_ratio)),
        amount_change(quotient(now.size_mb, before.size_mb)),
        amount_change(quotient(now.memory_ratio, before.memory_ratio)),
    )
    a, b, c, d = (f"{number} ({change})" if change else number for number, change in zip(found, changes, strict=True))
    return a, b, c, d


def quotient(now: float | None, before: float | None) -> float | None:
    return None if now is None or not before else now / before


def quality_change(now: float | None, before: float | None, metric: str | None) -> str:
    if now is None or before is None or math.isnan(now - before):
        return ""
    if metric in METRICS and METRICS[metric].unit == "share":
        points = (now - before) * 100
        return "same" if abs(points) < 0.05 else f"{points:+.1f} points"
    return "same" if now == before else f"{now - before:+.3g}"


def speed_change(ratio: float | None) -> str:
    """Of a time against another."""
    if not ratio or math.isnan(ratio):
        return ""
    factor, word = (1 / ratio, "faster") if ratio < 1 else (ratio, "slower")
    return "same" if factor < 1.005 else f"{factor:.2f}x {word}"


def amount_change(ratio: float | None) -> str:
    if ratio is None or math.isnan(ratio):
        return ""
    return "same" if abs(ratio - 1) < 0.005 else f"{abs(1 - ratio) * 100:.0f} % {'less' if ratio < 1 else 'more'}"


def rejected(ledger: Ledger, stage: Stage, way: Way) -> Iterator[str]:
    """The other candidates of a stage, and recipes that gave none."""
    on_way = {kept.recipe.id for kept in way.values() if isinstance(kept, Candidate)}
    for name, candidate in ledger.candidates.items():
        if candidate and name not in on_way and stage_of(candidate.recipe) == stage:
            yield f"{ledger.title(name)} ({why(ledger, name)})"
    for skipped in ledger.skipped:
        if stage_of(skipped.recipe) == stage:
            yield f"{skipped.recipe.title} (no candidate)"


def nameless(ledger: Ledger) -> Iterator[str]:
    """Candidates of which only a verdict or a measurement is left, so that nobody knows their stage."""
    for name, candidate in ledger.candidates.items():
        if candidate is None:
            yield f"{name} (its record is missing)"


def why(ledger: Ledger, recipe_id: str) -> str:
    """In a few words why it was rolled back; the whole reason stands under the table of candidates."""
    own = ledger.verdicts_on(recipe_id)
    if not own:
        return "a baseline" if recipe_id in ledger.baselines else "not judged"
    missed = {verdict.gate.metric: verdict.outcome for verdict in own if not verdict.may_ship}
    if not missed:
        answer = waived_text(own) or "passed"
        return f"{answer}, another is better" if ledger.winner else answer
    by_outcome: dict[str, list[str]] = {}
    for metric, outcome in missed.items():
        by_outcome.setdefault(outcome, []).append(metric)
    return "; ".join(f"{outcome} {', '.join(metrics)}" for outcome, metrics in by_outcome.items())


def judged(ledger: Ledger, recipe_id: str) -> str:
    own = ledger.verdicts_on(recipe_id)
    return tally(own) if own else "not judged"
