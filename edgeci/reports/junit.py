"""JUnit XML, twice: junit.xml answers "may this be merged?", junit-candidates.xml gives every verdict literally.

In the first a loser beside a winner is skipped, because it breaks nothing; in both, a waived failure is, because it
did not pass and does not stop a release. Neither is ever an empty green suite. Both pass the schema that Jenkins
checks in strict mode, which allows no `file` and no `line`: a body starts with `edgeci.yaml:LINE:` instead.
"""

from collections import Counter
from collections.abc import Iterator
from xml.etree import ElementTree

from junit_xml import TestCase, TestSuite

from edgeci import __version__
from edgeci.reports.characters import visible
from edgeci.reports.ledger import Ledger, ledgers, place
from edgeci.types import Evidence, Skipped, Verdict

SHORTEST_SECONDS = 0.001
"""The library leaves out a time of 0, and some readers cannot do without one."""


def render(evidence: Evidence) -> str:
    """junit.xml: the decision for each target."""
    return document(evidence, {ledger.target.name: decision_cases(evidence, ledger) for ledger in ledgers(evidence)})


def render_candidates(evidence: Evidence) -> str:
    """junit-candidates.xml: every verdict on every candidate, whoever won."""
    return document(evidence, {ledger.target.name: literal_cases(evidence, ledger) for ledger in ledgers(evidence)})


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
            case = verdict_case(ledger, verdict)
            case.add_skipped_info(visible(f"not released: {verdict.reason}"), body(evidence, ledger, verdict))
            yield case
    if ledger.is_unjudged(recipe_id):
        case = new_case(ledger, recipe_id, "candidate is judged")
        case.add_skipped_info(visible(f"not released: {ledger.why_lost(recipe_id)}"))
        yield case


def literal_cases(evidence: Evidence, ledger: Ledger) -> list[TestCase]:
    judged = [literal_case(evidence, ledger, verdict) for verdict in ledger.verdicts]
    cases = [*judged, *unjudged_cases(ledger), *skipped_cases(ledger)]
    if ledger.problem is None:
        return cases
    return [problem_case(evidence, ledger.target.name, ledger.problem), *cases]


def unjudged_cases(ledger: Ledger) -> Iterator[TestCase]:
    for recipe_id in filter(ledger.is_unjudged, ledger.candidates):
        case = new_case(ledger, recipe_id, "candidate is judged")
        case.add_error_info(visible(ledger.why_lost(recipe_id) or "it was not judged"), error_type="broken")
        yield case


def skipped_cases(ledger: Ledger) -> Iterator[TestCase]:
    for skipped in ledger.skipped:
        case = new_case(ledger, skipped.recipe.id, f"recipe {skipped.recipe.title}")
        case.add_skipped_info(visible(skipped_message(skipped)))
        yield case


def skipped_message(skipped: Skipped) -> str:
    return f"gives no candidate: {skipped.reason}"


def literal_case(evidence: Evidence, ledger: Ledger, verdict: Verdict) -> TestCase:
    case = verdict_case(ledger, verdict)
    reason, text = visible(verdict.reason) or verdict.outcome, body(evidence, ledger, verdict)
    if verdict.outcome == "passed":
        case.stdout = text
    elif verdict.waiver is not None:
        case.add_skipped_info(visible(f"failed, {verdict.waiver.sentence}"), text)
    elif verdict.outcome == "failed":
        case.add_failure_info(reason, text, "failed")
    else:
        case.add_error_info(reason, text, verdict.outcome)
    return case


def verdict_case(ledger: Ledger, verdict: Verdict) -> TestCase:
    """Named after the gate; where two gates would share a name, after its baseline too."""
    titles = Counter(other.gate.title for other in ledger.verdicts_on(verdict.candidate))
    title = verdict.gate.title
    name = title if titles[title] == 1 else f"{title} against {verdict.gate.against}"
    return new_case(ledger, verdict.candidate, name, seconds(ledger, verdict))


def new_case(ledger: Ledger, recipe_id: str, name: str, took: float = SHORTEST_SECONDS) -> TestCase:
    return TestCase(visible(name), f"edgeci.{ledger.target.name}.{recipe_id}", elapsed_sec=took)


def problem_case(evidence: Evidence, target: str, problem: str) -> TestCase:
    case = TestCase("a candidate is released", f"edgeci.{target}", elapsed_sec=SHORTEST_SECONDS)
    case.add_error_info(visible(problem), visible(f"{evidence.config}: {problem}"), "broken")
    return case


def seconds(ledger: Ledger, verdict: Verdict) -> float:
    """What the measurement took, where it says so."""
    for measurement in ledger.measurements:
        if (measurement.candidate, measurement.metric) == (verdict.candidate, verdict.gate.metric):
            took = measurement.conditions.seconds
            if took is not None:
                return max(took, SHORTEST_SECONDS)
    return SHORTEST_SECONDS


def body(evidence: Evidence, ledger: Ledger, verdict: Verdict) -> str:
    """The place and the reason first, because some readers show one line only; then the numbers."""
    numbers = {"value": verdict.value, "lower bound": verdict.lower, "upper bound": verdict.upper}
    lines = [
        f"{place(evidence, verdict)}: {verdict.reason}",
        f"candidate: {ledger.title(verdict.candidate)}",
        f"gate: {verdict.gate.metric} {verdict.gate.rule} {verdict.gate.limit:g} against {verdict.gate.against}",
        *(f"{name}: {number:.6g}" for name, number in numbers.items() if number is not None),
    ]
    return visible("\n".join(lines))


def document(evidence: Evidence, suites: dict[str, list[TestCase]]) -> str:
    """The XML, with what the library adds beyond the schema taken off again."""
    if not suites:
        suites = {"edgeci": [problem_case(evidence, "edgeci", "no target is configured, so nothing was judged")]}
    root = ElementTree.Element("testsuites", name="edgeci")
    for number, (name, cases) in enumerate(suites.items(), start=1):
        properties = {"edgeci": __version__, "model": visible(evidence.assessment.model.path)}
        suite = TestSuite(f"edgeci.{name}", cases, id=number, properties=properties).build_xml_doc()
        del suite.attrib["disabled"]
        root.append(suite)
    for total in ("tests", "failures", "errors"):
        root.set(total, str(sum(int(suite.attrib[total]) for suite in root)))
    root.set("time", str(sum(float(suite.attrib["time"]) for suite in root)))
    for element in root.iter():
        if "time" in element.attrib:
            element.set("time", f"{float(element.attrib['time']):.3f}")
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"
