"""What ships for each target: the preferred one of the candidates that passed every gate.

A waived failure does not stop a candidate, but one that needs no waiver comes before one that does.
A candidate without a verdict on every gate has not passed: nothing is released on missing evidence.
"""

from collections.abc import Sequence

from edgeci.gates.preference import Preference, preference, ranked
from edgeci.gates.preference_text import why_first, why_second
from edgeci.types import WORST_FIRST, Candidate, Decision, Gate, Measurement, Outcome, Target, Verdict
from edgeci.types.tally import passed_text


def decide(
    target: Target,
    candidates: Sequence[Candidate],
    gates: Sequence[Gate],
    verdicts: Sequence[Verdict],
    measurements: Sequence[Measurement],
    prefer: Sequence[str],
) -> Decision:
    """The decision for one target: winner, or why there is none. `prefer` are metrics, the first before the next."""
    demanded = [gate for gate in gates if gate.target in (None, target.name)]
    states = {candidate.recipe.id: state(candidate.recipe.id, target, demanded, verdicts) for candidate in candidates}
    reasons = {recipe_id: reason for recipe_id, (_, reason) in states.items()}
    passed = [candidate for candidate in candidates if states[candidate.recipe.id][0] == "passed"]
    if not passed:
        outcome, reason = without_winner([worst for worst, _ in states.values()])
        return Decision(target=target.name, outcome=outcome, winner=None, reason=reason, losers=reasons)
    judged = [gate.metric for gate in demanded]
    preferred = preference(target, passed, measurements, prefer, shown=["peak_memory", *judged])
    waivers = {candidate.recipe.id: waived_by(candidate.recipe.id, target, verdicts) for candidate in passed}
    order = in_order(passed, waivers, preferred)
    winner = order[0]
    losers = reasons | {loser.recipe.id: why_second(winner, loser, order, waivers, preferred) for loser in order[1:]}
    del losers[winner.recipe.id]
    reason = f"{winner.recipe.title} {why_first(order, waivers, len(demanded), preferred)}"
    return Decision(target=target.name, outcome="passed", winner=winner.recipe.id, reason=reason, losers=losers)


def in_order(passed: Sequence[Candidate], waivers: dict[str, list[Verdict]], preferred: Preference) -> list[Candidate]:
    """Those that need a waiver come last, however good."""
    free = [candidate for candidate in passed if not waivers[candidate.recipe.id]]
    waived = [candidate for candidate in passed if waivers[candidate.recipe.id]]
    return [*ranked(free, preferred), *ranked(waived, preferred)]


def waived_by(recipe_id: str, target: Target, verdicts: Sequence[Verdict]) -> list[Verdict]:
    """A candidate's failures that somebody answers for."""
    own = [verdict for verdict in verdicts if (verdict.candidate, verdict.target) == (recipe_id, target.name)]
    return [verdict for verdict in own if verdict.waiver is not None]


def state(recipe_id: str, target: Target, demanded: Sequence[Gate], verdicts: Sequence[Verdict]) -> tuple[Outcome, str]:
    """What keeps a candidate from shipping on a target, worst first, with the reasons; passed where nothing does."""
    own = [verdict for verdict in verdicts if verdict.candidate == recipe_id and verdict.target == target.name]
    judged = {verdict.gate for verdict in own}
    missing = [gate.title for gate in demanded if gate not in judged]
    if missing or not demanded:
        return "broken", f"no verdict on {', '.join(missing) or 'any gate'}"
    blocking = [verdict for verdict in own if not verdict.may_ship]
    if not blocking:
        return "passed", "; ".join(verdict.reason for verdict in own)
    worst = min((verdict.outcome for verdict in blocking), key=WORST_FIRST.index)
    reasons = "; ".join(verdict.reason for verdict in blocking if verdict.outcome == worst)
    passed = sum(verdict.outcome == "passed" for verdict in own)
    return worst, f"{passed_text(passed, len(own))}; {reasons}" if passed else reasons


def without_winner(outcomes: Sequence[Outcome]) -> tuple[Outcome, str]:
    """No candidate passed: "cannot tell" as long as one may still pass, else "no", else "broken"."""
    if "inconclusive" in outcomes:
        return "inconclusive", "no candidate passed, and at least one could not be decided"
    if "failed" in outcomes:
        return "failed", "no candidate passed all its gates"
    return "broken", "no candidate could be judged"
