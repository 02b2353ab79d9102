"""Which of several candidates is preferred: by bounds and not by estimates, so that luck releases nobody.

Overlapping bounds are no order: of three, the first may tie with the second and the second with the third, and the
first still be better than the third. So nobody is compared with his neighbour. What nobody surely beats ties (the
maximal elements of an interval order: Fishburn 1970, Journal of Mathematical Psychology 7(1)); it always holds the one
with the best estimate.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from edgeci.gates.standing import BASELINE, Standing, standing, surely_better
from edgeci.types import Candidate, Measurement, Target


@dataclass(frozen=True)
class Preference:
    """What is asked for, in its order, and where every candidate stands in it."""

    metrics: tuple[str, ...]
    standings: dict[tuple[str, str], Standing]
    """By recipe id and metric; without those of which nothing can be said."""
    baseline: str | None

    def of(self, candidate: Candidate, metric: str) -> Standing | None:
        name = candidate.recipe.id
        return BASELINE if name == self.baseline else self.standings.get((name, metric))

    def beats(self, one: Candidate, other: Candidate, metric: str) -> bool:
        """By bounds; what was measured beats what was not."""
        ours, theirs = self.of(one, metric), self.of(other, metric)
        if ours is None or theirs is None:
            return ours is not None
        return surely_better(metric, ours, theirs)


def preference(
    target: Target,
    candidates: Sequence[Candidate],
    measurements: Sequence[Measurement],
    metrics: Sequence[str],
    shown: Sequence[str] = (),
) -> Preference:
    """`shown` are metrics that decide nothing and are told."""
    needed = {*metrics, "size", *shown}
    names = {candidate.recipe.id for candidate in candidates}
    own = [each for each in measurements if (each.target, each.against) == (target.name, "unoptimized")]
    stands = {
        (each.candidate, each.metric): standing(each)
        for each in own
        if each.metric in needed and each.candidate in names
    }
    baseline = next((each.baseline for each in own if each.baseline), None)
    return Preference(tuple(metrics), {key: value for key, value in stands.items() if value is not None}, baseline)


def ranked(candidates: Sequence[Candidate], preferred: Preference) -> list[Candidate]:
    """The best first, then the best of the others, and so on."""
    left, order = list(candidates), list[Candidate]()
    while left:
        best = min(unbeaten(worthwhile(left, preferred), preferred), key=lambda one: plainness(one, preferred))
        order.append(best)
        left.remove(best)
    return order


def unbeaten(candidates: Sequence[Candidate], preferred: Preference) -> list[Candidate]:
    """Those that tie: by the first metric, of these by the next one, and so on."""
    left = list(candidates)
    for metric in preferred.metrics:
        left = [one for one in left if not any(preferred.beats(other, one, metric) for other in left)]
    return left


def worthwhile(candidates: Sequence[Candidate], preferred: Preference) -> list[Candidate]:
    """Where the model may ship as it is, nothing ships instead of it that is better in nothing."""
    baseline = next((one for one in candidates if one.recipe.id == preferred.baseline), None)
    if baseline is None:
        return list(candidates)
    return [one for one in candidates if one is baseline or is_worthwhile(one, baseline, preferred)]


def is_worthwhile(candidate: Candidate, baseline: Candidate, preferred: Preference) -> bool:
    return any(preferred.beats(candidate, baseline, metric) for metric in (*preferred.metrics, "size"))


def plainness(candidate: Candidate, preferred: Preference) -> tuple[bool, int, bool, int]:
    """Of a tie the model as it is, then the smaller, then the simpler."""
    recipe = candidate.recipe
    return recipe.id != preferred.baseline, candidate.size_bytes, recipe.method != "as-is", len(recipe.options)


def plainer(winner: Candidate, other: Candidate, preferred: Preference) -> str:
    """What decided between two that tie."""
    ours, theirs = plainness(winner, preferred), plainness(other, preferred)
    if ours[0] != theirs[0]:
        return "the model as it is"
    if ours[1] != theirs[1]:
        return "the smaller"
    return "the simpler" if ours != theirs else "the first in the plan"
