"""The evidence of one target, gathered for every renderer, so that none of them loses a candidate or a verdict."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from edgeci.types import WORST_FIRST, Candidate, Decision, Evidence, Measurement, Outcome, Skipped, Target, Verdict
from edgeci.types.tally import waived_text


@dataclass(frozen=True)
class Ledger:
    """What is known about one target, in the order of the evidence."""

    target: Target
    decision: Decision | None
    candidates: dict[str, Candidate | None]
    """By recipe id; None where only a verdict, a measurement or the decision knows it."""
    baselines: frozenset[str]
    """Recipe ids that others were measured against."""
    verdicts: tuple[Verdict, ...]
    measurements: tuple[Measurement, ...]
    skipped: tuple[Skipped, ...]

    @property
    def winner(self) -> str | None:
        return self.decision.winner if self.decision else None

    @property
    def problem(self) -> str | None:
        """Why the verdicts alone do not answer for this target; None where they do."""
        if not self.candidates:
            return "no candidate was made, so nothing was judged"
        if not self.verdicts:
            return "no candidate was judged: there is not one verdict"
        if self.decision is None:
            return "there are verdicts but no decision; run `edgeci gate` again"
        if self.winner and not self.verdicts_on(self.winner):
            return "the released candidate has no verdict"
        if not self.winner and all(verdict.may_ship for verdict in self.verdicts):
            return f"nothing is released: {self.decision.reason}"
        return None

    def title(self, recipe_id: str) -> str:
        """What people read; with the digest where two candidates would read the same."""
        titles = {known: candidate.recipe.title for known, candidate in self.candidates.items() if candidate}
        if recipe_id not in titles:
            return recipe_id
        ambiguous = Counter(titles.values())[titles[recipe_id]] > 1
        return f"{titles[recipe_id]} ({recipe_id[-8:]})" if ambiguous else titles[recipe_id]

    def verdicts_on(self, recipe_id: str) -> list[Verdict]:
        return [verdict for verdict in self.verdicts if verdict.candidate == recipe_id]

    def is_unjudged(self, recipe_id: str) -> bool:
        """Never judged although it should have been; a baseline need not be."""
        return recipe_id not in self.baselines and not self.verdicts_on(recipe_id)

    def is_mere_baseline(self, recipe_id: str) -> bool:
        """What the others are compared with, and not what they were made for: its own failures keep nobody back."""
        return recipe_id in self.baselines and any(verdict.candidate not in self.baselines for verdict in self.verdicts)

    def outcome(self, recipe_id: str) -> Outcome | None:
        """The worst verdict, broken where a gate that others were put to has none; None for a mere baseline."""
        own = self.verdicts_on(recipe_id)
        if not own:
            return None if recipe_id in self.baselines else "broken"
        if {verdict.gate for verdict in self.verdicts} - {verdict.gate for verdict in own}:
            return "broken"
        return min((verdict.outcome for verdict in own), key=WORST_FIRST.index)

    def is_waived(self, recipe_id: str) -> bool:
        """Whether somebody answers for one of its failures."""
        return any(verdict.waiver is not None for verdict in self.verdicts_on(recipe_id))

    @property
    def why_won(self) -> str:
        """The decision's reason, without the winner's name in front of it."""
        if self.decision is None or self.decision.winner is None:
            return ""
        return self.decision.reason.removeprefix(self.title(self.decision.winner)).strip()

    @property
    def losers_title(self) -> str:
        return "Why the others lost" if self.winner else "Why none is released"

    def why_lost(self, recipe_id: str) -> str | None:
        """The decision's reason against a candidate; None for the winner and for a mere baseline."""
        if recipe_id == self.winner:
            return None
        if self.decision and recipe_id in self.decision.losers:
            return self.decision.losers[recipe_id]
        reasons = [verdict.reason for verdict in self.verdicts_on(recipe_id) if verdict.outcome != "passed"]
        return "; ".join(reasons) or ("it was not judged" if self.is_unjudged(recipe_id) else None)


def waived_in(released: Iterable[Ledger]) -> str:
    """`, 2 failures waived` where what is released needs that; else nothing."""
    count = waived_text([verdict for each in released if each.winner for verdict in each.verdicts_on(each.winner)])
    return f", {count}" if count else ""


def ledgers(evidence: Evidence) -> tuple[Ledger, ...]:
    """One a target; a target that only a verdict or a decision names gets one too."""
    targets = {target.name: target for target in evidence.targets}
    for name in [record.target for record in evidence.decisions] + [record.target for record in evidence.verdicts]:
        targets.setdefault(name, Target(name=name))
    return tuple(gather(evidence, target) for target in targets.values())


def gather(evidence: Evidence, target: Target) -> Ledger:
    decision = next((decision for decision in evidence.decisions if decision.target == target.name), None)
    verdicts = tuple(verdict for verdict in evidence.verdicts if verdict.target == target.name)
    measurements = tuple(
        measurement
        for measurement in evidence.measurements
        # The table compares with the unoptimized model; what another baseline gave stands in its gates' reasons.
        if measurement.target == target.name and measurement.against == "unoptimized"
    )
    baselines = frozenset(measurement.baseline for measurement in measurements if measurement.baseline)
    named = {
        *baselines,
        *(verdict.candidate for verdict in verdicts),
        *(measurement.candidate for measurement in measurements),
        *named_by(decision),
    }
    made = {
        candidate.recipe.id: candidate
        for candidate in evidence.candidates
        if candidate.recipe.id in named or (decision is None and candidate.recipe.backend in target.backends)
    }
    return Ledger(
        target=target,
        decision=decision,
        candidates={**made, **dict.fromkeys(sorted(named - made.keys()))},
        baselines=baselines,
        verdicts=verdicts,
        measurements=measurements,
        skipped=tuple(skipped for skipped in evidence.skipped if skipped.target in (None, target.name)),
    )


def named_by(decision: Decision | None) -> tuple[str, ...]:
    """The losers and the winner."""
    if decision is None:
        return ()
    return (*decision.losers, *([decision.winner] if decision.winner else ()))


def place(evidence: Evidence, verdict: Verdict) -> str:
    """`edgeci.yaml:LINE` of the gate, or the file where the line is not known."""
    return evidence.config if verdict.gate.line is None else f"{evidence.config}:{verdict.gate.line}"
