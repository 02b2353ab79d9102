"""The alternatives at each stage that are not on the way, and why, in a few words."""

from collections.abc import Iterator

from edgeci.reports.ledger import Ledger
from edgeci.reports.way import Stage, Way, stage_of
from edgeci.types import Candidate
from edgeci.types.tally import waived_text


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
