"""The way to the winner, or to the best there is: which candidate stands at which stage."""

import math
from typing import Literal

from edgeci.reports.ledger import Ledger
from edgeci.reports.values import LATENCIES, relative
from edgeci.types import Candidate, Recipe

Stage = Literal["baseline", "conversion", "quantization", "acceleration", "validation"]
MADE_BY: dict[str, Stage] = {
    # Method -> stage; whatever is not here changes the precision of weights.
    "as-is": "conversion",
    "graph-optimized": "acceleration",
    "bf16": "acceleration",
}


def stage_of(recipe: Recipe) -> Stage:
    return MADE_BY.get(recipe.method, "quantization")


SPEEDS = (*LATENCIES, "tpot_cpu", "tpot_wall")


def baseline_of(ledger: Ledger) -> Candidate | None:
    """What the others were measured against."""
    return next((made for name, made in ledger.candidates.items() if made and name in ledger.baselines), None)


def goal_of(ledger: Ledger) -> Candidate | None:
    """The winner; without one, the judged candidate that fails the fewest gates, the fastest of equals."""
    if ledger.winner:
        return ledger.candidates.get(ledger.winner)
    judged = [made for name, made in ledger.candidates.items() if made and ledger.verdicts_on(name)]
    return min(judged, key=lambda made: distance(ledger, made.recipe.id), default=None)


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
                made
                for made in ledger.candidates.values()
                if made and (made.recipe.backend, made.recipe.method) == (converted.backend, converted.method)
            ),
            f"{converted.title}, not measured",
        )
    if goal.recipe.id != baseline.recipe.id:
        way[stage_of(goal.recipe)] = goal
    return way
