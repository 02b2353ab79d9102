"""JUnit XML, twice: junit.xml answers "may this be merged?", junit-candidates.xml gives every verdict literally.

In the first a loser beside a winner is skipped, because it breaks nothing; in both, a waived failure is, because it
did not pass and does not stop a release, and so is a mere baseline's, because it need not pass. Neither is ever an
empty green suite. Both pass the schema that Jenkins checks in strict mode, which allows no `file` and no `line`: a body
starts with `edgeci.yaml:LINE:` instead.
"""

from collections import Counter
from collections.abc import Iterator

from junit_xml import TestCase

from edgeci import __version__
from edgeci.reports.characters import visible
from edgeci.reports.junit_document import conclude, document, new_case
from edgeci.reports.ledger import Ledger, ledgers, place
from edgeci.types import Evidence, Skipped, Verdict


def render(evidence: Evidence) -> str:
    """junit.xml: the decision for each target."""
    return suites(evidence, {ledger.target.name: decision_cases(evidence, ledger) for ledger in ledgers(evidence)})


def render_candidates(evidence: Evidence) -> str:
    """junit-candidates.xml: every verdict on every candidate, whoever won."""
    return suites(evidence, {ledger.target.name: literal_cases(evidence, ledger) for ledger in ledgers(evidence)})


def decision_cases(evidence: Evidence, ledger: Ledger) -> list[TestCase]:
    if ledger.winner is None or not ledger.verdicts_on(ledger.winner):
        return literal_cases(evidence, ledger)
    winning = [literal_case(evidence, ledger, verdict) for verdict in ledger.verdicts_on(ledger.winner)]
    losers = [recipe_id for recipe_id in ledger.candidates if recipe_id != ledger.winner]
    losing = [case for recipe_id in losers for case in loser_cases(evidence, ledger, recipe_id)]
    return [*winning, *losing, *skipped_cases(ledger)]


def loser_cases(evidence: Evidence, ledger: Ledger, recipe_id: str) -> Iterator[TestCase]:
    """What a candidate did not pass, as skipped: something else ships."""
    for verdict in ledger.verdicts_on(recipe_id):
        if verdict.outcome != "passed":
            message, text = f"not released: {verdict.reason}", body(evidence, ledger, verdict)
            yield conclude(verdict_case(ledger, verdict), "skipped", message, text)
    if ledger.is_unjudged(recipe_id):
        message = f"not released: {ledger.why_lost(recipe_id)}"
        yield conclude(new_case("candidate is judged", place_of(ledger, recipe_id)), "skipped", message)


def literal_cases(evidence: Evidence, ledger: Ledger) -> list[TestCase]:
    judged = [literal_case(evidence, ledger, verdict) for verdict in ledger.verdicts]
    cases = [*judged, *unjudged_cases(ledger), *skipped_cases(ledger)]
    if ledger.problem is None:
        return cases
    return [problem_case(evidence, ledger.target.name, ledger.problem), *cases]


def unjudged_cases(ledger: Ledger) -> Iterator[TestCase]:
    for recipe_id in filter(ledger.is_unjudged, ledger.candidates):
        message = ledger.why_lost(recipe_id) or "it was not judged"
        yield conclude(new_case("candidate is judged", place_of(ledger, recipe_id)), "broken", message)


def skipped_cases(ledger: Ledger) -> Iterator[TestCase]:
    for skipped in ledger.skipped:
        case = new_case(f"recipe {skipped.recipe.title}", place_of(ledger, skipped.recipe.id))
        yield conclude(case, "skipped", skipped_message(skipped))


def skipped_message(skipped: Skipped) -> str:
    return f"gives no candidate: {skipped.reason}"


def literal_case(evidence: Evidence, ledger: Ledger, verdict: Verdict) -> TestCase:
    case, text = verdict_case(ledger, verdict), body(evidence, ledger, verdict)
    if ledger.is_mere_baseline(verdict.candidate) and verdict.outcome in ("failed", "inconclusive"):
        return conclude(case, "skipped", f"the baseline, which need not pass: {verdict.reason}", text)
    if verdict.waiver is not None and verdict.outcome != "passed":
        return conclude(case, "skipped", f"failed, {verdict.waiver.sentence}", text)
    return conclude(case, verdict.outcome, verdict.reason, text)


def verdict_case(ledger: Ledger, verdict: Verdict) -> TestCase:
    """Named after the gate; where two gates would share a name, after its baseline too."""
    titles = Counter(other.gate.title for other in ledger.verdicts_on(verdict.candidate))
    title = verdict.gate.title
    name = title if titles[title] == 1 else f"{title} against {verdict.gate.against}"
    return new_case(name, place_of(ledger, verdict.candidate), seconds(ledger, verdict))


def place_of(ledger: Ledger, recipe_id: str) -> str:
    return f"edgeci.{ledger.target.name}.{recipe_id}"


def problem_case(evidence: Evidence, target: str, problem: str) -> TestCase:
    case = new_case("a candidate is released", f"edgeci.{target}")
    return conclude(case, "broken", problem, f"{evidence.config}: {problem}")


def seconds(ledger: Ledger, verdict: Verdict) -> float:
    """What the measurement took, where it says so."""
    for measurement in ledger.measurements:
        if (measurement.candidate, measurement.metric) == (verdict.candidate, verdict.gate.metric):
            took = measurement.conditions.seconds
            if took is not None:
                return took
    return 0


def body(evidence: Evidence, ledger: Ledger, verdict: Verdict) -> str:
    """The place and the reason first, because some readers show one line only; then the numbers."""
    numbers = {"value": verdict.value, "lower bound": verdict.lower, "upper bound": verdict.upper}
    lines = [
        f"{place(evidence, verdict)}: {verdict.reason}",
        f"candidate: {ledger.title(verdict.candidate)}",
        f"gate: {verdict.gate.metric} {verdict.gate.rule} {verdict.gate.limit:g} against {verdict.gate.against}",
        *(f"{name}: {number:.6g}" for name, number in numbers.items() if number is not None),
    ]
    return "\n".join(lines)


def suites(evidence: Evidence, cases: dict[str, list[TestCase]]) -> str:
    """A suite a target; never none."""
    if not cases:
        cases = {"edgeci": [problem_case(evidence, "edgeci", "no target is configured, so nothing was judged")]}
    properties = {"edgeci": __version__, "model": visible(evidence.assessment.model.path)}
    return document({f"edgeci.{name}": each for name, each in cases.items()}, properties)
