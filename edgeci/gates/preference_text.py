"""Why the winner won and the others did not, in sentences with the numbers that decided."""

import math
from collections.abc import Sequence

from edgeci.gates.preference import Preference, is_worthwhile, plainer
from edgeci.gates.standing import Standing, surely_better, told_of_both
from edgeci.metrics import METRICS, QUALITY_KINDS, is_own
from edgeci.types import Candidate, Verdict
from edgeci.types.tally import passed_text, waived_text

Waivers = dict[str, list[Verdict]]
LARGEST = 20.0
"""Logarithm of a ratio that is still told."""


def why_first(order: Sequence[Candidate], waivers: Waivers, gates: int, preferred: Preference) -> str:
    """A waived failure is said where the release is announced."""
    winner = order[0]
    waived = waivers[winner.recipe.id]
    passed = passed_text(gates - len(waived), gates)
    rivals = [one for one in order[1:] if (len(waivers[one.recipe.id]) > 0) == (len(waived) > 0)]
    beaten = ahead_of(winner, rivals, preferred, "may ship" if waived else "passed")
    if not waived:
        return f"{passed}{beaten}"
    failures = "; ".join(f"{verdict.gate.title} failed: {verdict.reason}" for verdict in waived)
    return f"{passed}, {waived_text(waived)}; {failures}{beaten}"


def ahead_of(winner: Candidate, rivals: Sequence[Candidate], preferred: Preference, what: str) -> str:
    """By what it is ahead of the next one, and what it gave up for that."""
    if not rivals:
        return ""
    second = rivals[0]
    metric = decisive(winner, second, preferred)
    among = f"of {len(rivals) + 1} that {what}"
    if metric is None:
        ahead = f"; {among}: {tie(winner, second, preferred)}, {plainer(winner, second, preferred)}"
    else:
        ahead = f"; best {among} by {metric} ({numbers(winner, second, metric, preferred)} of {second.recipe.title})"
    return f"{ahead}; {given_up(winner, second, preferred)}"


def why_second(
    winner: Candidate, loser: Candidate, order: Sequence[Candidate], waivers: Waivers, preferred: Preference
) -> str:
    """The first thing that put somebody before it."""
    waived = waivers[loser.recipe.id]
    if waived and not waivers[winner.recipe.id]:
        failures = "; ".join(verdict.reason for verdict in waived)
        return f"may ship, but {winner.recipe.title} needs no waiver: {failures}"
    passed = waived_text(waived) or "passed"
    if winner.recipe.id == preferred.baseline and not is_worthwhile(loser, winner, preferred):
        first = preferred.metrics[0]
        numbered = numbers(loser, winner, first, preferred)
        return f"{passed}, but is surely better than {winner.recipe.title} in nothing: {first} {numbered}"
    for better in order[: order.index(loser)]:
        metric = decisive(better, loser, preferred)
        if metric is not None:
            numbered = numbers(loser, better, metric, preferred)
            return f"{passed}, but {better.recipe.title} is better by {metric} ({numbered})"
    return f"{passed}, but {tie(loser, winner, preferred)}, which is {plainer(winner, loser, preferred)}"


def decisive(winner: Candidate, other: Candidate, preferred: Preference) -> str | None:
    """The first metric in which one is surely better; None where the two tie, or the other one is."""
    for metric in preferred.metrics:
        if preferred.beats(winner, other, metric):
            return metric
        if preferred.beats(other, winner, metric):
            return None
    return None


def tie(one: Candidate, other: Candidate, preferred: Preference) -> str:
    metrics = [f"{metric} ({numbers(one, other, metric, preferred)})" for metric in preferred.metrics]
    return f"tied with {other.recipe.title} by {' and '.join(metrics)}"


def numbers(one: Candidate, other: Candidate, metric: str, preferred: Preference) -> str:
    return told_of_both(metric, preferred.of(one, metric), preferred.of(other, metric))


def given_up(winner: Candidate, second: Candidate, preferred: Preference) -> str:
    """Everything measured in which the next one is surely better."""
    metrics = dict.fromkeys([*preferred.metrics, *(metric for _, metric in preferred.standings)])
    pairs = {metric: (preferred.of(winner, metric), preferred.of(second, metric)) for metric in metrics}
    lost = [
        f"{metric} ({price(metric, ours, theirs)})"
        for metric, (ours, theirs) in pairs.items()
        if ours and theirs and surely_better(metric, theirs, ours)
    ]
    return f"against {second.recipe.title} it gives up {', '.join(lost) or 'nothing that was judged'}"


def price(metric: str, ours: Standing, theirs: Standing) -> str:
    """How much worse the winner is than the next one, by estimate."""
    if METRICS[metric].kind in QUALITY_KINDS:
        direction = "worse" if is_own(metric) else "less" if METRICS[metric].better == "higher" else "more"
        return f"{ours.middle - theirs.middle:.4g} {direction}"
    return f"{math.expm1(min(ours.middle - theirs.middle, LARGEST)):.0%} worse"
