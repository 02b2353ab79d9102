"""What ships for each target: the preferred one of the candidates that passed every gate.

A waived failure does not stop a candidate, but one that needs no waiver comes before one that does.
A candidate without a verdict on every gate has not passed: nothing is released on missing evidence.
"""

from collections.abc import Sequence

from edgeci.statistics.estimates import estimate, reference_estimate
from edgeci.types import WORST_FIRST, Candidate, Decision, Gate, Measurement, Outcome, Recipe, Target, Verdict
from edgeci.types.tally import passed_text, waived_text


def decide(
    target: Target,
    candidates: Sequence[Candidate],
    gates: Sequence[Gate],
    verdicts: Sequence[Verdict],
    measurements: Sequence[Measurement],
    prefer: str,
) -> Decision:
    """The decision for one target: winner, or why there is none."""
    demanded = [gate for gate in gates if gate.target in (None, target.name)]
    states = {candidate.recipe.id: state(candidate.recipe.id, target, demanded, verdicts) for candidate in candidates}
    passed = [candidate for candidate in candidates if states[candidate.recipe.id][0] == "passed"]
    preferred = preferences(target, measurements, prefer)
    waivers = {candidate.recipe.id: waived_by(candidate.recipe.id, target, verdicts) for candidate in passed}
    ranked = sorted(passed, key=lambda candidate: (len(waivers[candidate.recipe.id]) > 0, rank(candidate, preferred)))
    winner = ranked[0].recipe if ranked else None
    losers = {
        recipe_id: why_second(winner, waivers, recipe_id, prefer) if winner and outcome == "passed" else reason
        for recipe_id, (outcome, reason) in states.items()
        if winner is None or recipe_id != winner.id
    }
    if winner is None:
        outcome, reason = without_winner([worst for worst, _ in states.values()])
        return Decision(target=target.name, outcome=outcome, winner=None, reason=reason, losers=losers)
    reason = f"{winner.title} {why_first(winner, waivers, len(demanded), prefer)}"
    return Decision(target=target.name, outcome="passed", winner=winner.id, reason=reason, losers=losers)


def preferences(target: Target, measurements: Sequence[Measurement], prefer: str) -> dict[str, float | None]:
    """What each candidate measures of the metric that decides between those that passed."""
    return {
        measurement.candidate: relative(measurement)
        for measurement in measurements
        if (measurement.target, measurement.metric, measurement.against) == (target.name, prefer, "unoptimized")
    }


def why_first(winner: Recipe, waivers: dict[str, list[Verdict]], gates: int, prefer: str) -> str:
    """A waived failure is said where the release is announced."""
    waived = waivers[winner.id]
    rivals = sum((len(needed) > 0) == (len(waived) > 0) for needed in waivers.values())
    beaten = f"; best of {rivals} that {'may ship' if waived else 'passed'} by {prefer}" if rivals > 1 else ""
    passed = passed_text(gates - len(waived), gates)
    if not waived:
        return f"{passed}{beaten}"
    failures = "; ".join(f"{verdict.gate.title} failed: {verdict.reason}" for verdict in waived)
    return f"{passed}, {waived_text(waived)}; {failures}{beaten}"


def why_second(winner: Recipe, waivers: dict[str, list[Verdict]], recipe_id: str, prefer: str) -> str:
    if waivers[recipe_id] and not waivers[winner.id]:
        failures = "; ".join(verdict.reason for verdict in waivers[recipe_id])
        return f"may ship, but {winner.title} needs no waiver: {failures}"
    return f"{waived_text(waivers[recipe_id]) or 'passed'}, but {winner.title} is better by {prefer}"


def waived_by(recipe_id: str, target: Target, verdicts: Sequence[Verdict]) -> list[Verdict]:
    """A candidate's failures that somebody answers for."""
    own = [verdict for verdict in verdicts if (verdict.candidate, verdict.target) == (recipe_id, target.name)]
    return [verdict for verdict in own if verdict.waiver is not None]


def relative(measurement: Measurement) -> float | None:
    """Against the baseline of the same rounds, because absolute levels drift from launch to launch."""
    measured, baseline = estimate(measurement), reference_estimate(measurement)
    return measured / baseline if measured is not None and baseline else measured


def rank(candidate: Candidate, preferred: dict[str, float | None]) -> tuple[bool, float, int]:
    """Measured before unmeasured, then the lower value, then the smaller model."""
    measured = preferred.get(candidate.recipe.id)
    return (measured is None, measured if measured is not None else 0.0, candidate.size_bytes)


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
    return worst, "; ".join(verdict.reason for verdict in blocking if verdict.outcome == worst)


def without_winner(outcomes: Sequence[Outcome]) -> tuple[Outcome, str]:
    """No candidate passed: "cannot tell" as long as one may still pass, else "no", else "broken"."""
    if "inconclusive" in outcomes:
        return "inconclusive", "no candidate passed, and at least one could not be decided"
    if "failed" in outcomes:
        return "failed", "no candidate passed all its gates"
    return "broken", "no candidate could be judged"
