"""Both JUnit files: what is red, what is skipped, and that every reader we know can read them."""

from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from junitparser import JUnitXml
from lxml import etree

from edgeci.reports import junit
from edgeci.reports.characters import visible
from edgeci.types import Evidence, Gate
from tests import builders
from tests.builders import DYNAMIC, OPENVINO, STATIC
from tests.reports.hostile import ANY_TEXT, HOSTILE

SCHEMA = etree.XMLSchema(etree.parse(Path(__file__).parent / "junit-10.xsd"))


def cases(xml: str) -> dict[tuple[str, str], ElementTree.Element]:
    """By (classname, name), after the strict schema and junitparser have both read it."""
    SCHEMA.assertValid(etree.fromstring(xml.encode()))
    assert len(list(JUnitXml.fromstring(xml.encode()))) == len(ElementTree.fromstring(xml))
    listed = [
        (case.attrib["classname"], case.attrib["name"], case) for case in ElementTree.fromstring(xml).iter("testcase")
    ]
    named = {(classname, name): case for classname, name, case in listed}
    assert len(named) == len(listed)
    return named


def outcomes(xml: str) -> dict[tuple[str, str], str]:
    """`passed`, or the element that says otherwise."""
    return {
        (classname.split(".")[2] if classname.count(".") > 1 else "", name): next(
            (child.tag for child in case if child.tag != "system-out"), "passed"
        )
        for (classname, name), case in cases(xml).items()
    }


def suite(xml: str) -> ElementTree.Element:
    (only,) = ElementTree.fromstring(xml).iter("testsuite")
    return only


def test_beside_a_winner_nothing_is_red() -> None:
    outcome_of = outcomes(junit.render(builders.evidence()))
    assert outcome_of == {
        (STATIC.id, "accuracy retained"): "passed",
        (STATIC.id, "latency_cpu speed-up"): "passed",
        (STATIC.id, "peak_memory reduction"): "passed",
        (DYNAMIC.id, "latency_cpu speed-up"): "skipped",
        (builders.WEIGHTS_4BIT.id, "accuracy retained"): "skipped",
        (OPENVINO.id, "latency_cpu speed-up"): "skipped",
        (builders.PRUNED.id, "recipe openvino pruned"): "skipped",
    }


def test_a_loser_says_why_it_is_not_released() -> None:
    case = cases(junit.render(builders.evidence()))[f"edgeci.raspberry-pi.{DYNAMIC.id}", "latency_cpu speed-up"]
    assert case.find("skipped").attrib["message"] == (  # type: ignore[union-attr]
        "not released: latency_cpu only 1.24x faster (1.21x..1.27x), limit 2x"
    )


def test_without_a_winner_failed_is_a_failure_and_undecided_an_error() -> None:
    outcome_of = outcomes(junit.render(builders.without_winner("inconclusive")))
    assert outcome_of[DYNAMIC.id, "latency_cpu speed-up"] == "failure"
    assert outcome_of[OPENVINO.id, "latency_cpu speed-up"] == "error"
    assert outcome_of[DYNAMIC.id, "accuracy retained"] == "passed"
    assert outcome_of[builders.PRUNED.id, "recipe openvino pruned"] == "skipped"


def test_the_candidates_file_is_literal_whoever_wins() -> None:
    outcome_of = outcomes(junit.render_candidates(builders.evidence()))
    assert len(outcome_of) == len(builders.verdicts()) + 1
    assert outcome_of[STATIC.id, "latency_cpu speed-up"] == "passed"
    assert outcome_of[DYNAMIC.id, "latency_cpu speed-up"] == "failure"
    assert outcome_of[OPENVINO.id, "latency_cpu speed-up"] == "error"
    assert outcome_of[builders.PRUNED.id, "recipe openvino pruned"] == "skipped"


def test_broken_is_an_error() -> None:
    broken = builders.evidence(verdicts=(builders.verdict(outcome="broken"),), decisions=(builders.decision(None),))
    assert outcomes(junit.render(broken))[STATIC.id, "latency_cpu speed-up"] == "error"


@pytest.mark.parametrize(
    "evidence",
    [
        builders.evidence(verdicts=()),
        builders.evidence(verdicts=(), decisions=()),
        builders.evidence(candidates=(), verdicts=(), measurements=(), decisions=()),
        builders.evidence(candidates=(), verdicts=(), measurements=(), decisions=(), skipped=()),
        builders.evidence(decisions=()),
        builders.evidence(targets=(), candidates=(), verdicts=(), measurements=(), decisions=()),
        builders.evidence(verdicts=(builders.verdict(),), decisions=(builders.decision(None),)),
        builders.evidence(verdicts=(builders.verdict(recipe=DYNAMIC),)),
    ],
    ids=["no verdicts", "nothing judged", "no candidates", "nothing at all", "no decision", "no target",
         "passed but not released", "released but not judged"],
)  # fmt: skip
def test_a_target_without_an_answer_is_an_error_and_never_an_empty_green_suite(evidence: Evidence) -> None:
    assert "error" in outcomes(junit.render(evidence)).values()


@pytest.mark.parametrize("render", [junit.render, junit.render_candidates])
def test_a_candidate_without_any_verdict_is_not_passed_over(render) -> None:  # type: ignore[no-untyped-def]
    judged = tuple(each for each in builders.verdicts() if each.candidate != OPENVINO.id)
    expected = "skipped" if render is junit.render else "error"
    assert outcomes(render(builders.evidence(verdicts=judged)))[OPENVINO.id, "candidate is judged"] == expected


def test_a_body_starts_with_the_line_that_demands_it() -> None:
    case = cases(junit.render(builders.without_winner()))[f"edgeci.raspberry-pi.{DYNAMIC.id}", "latency_cpu speed-up"]
    body = str(case.find("failure").text)  # type: ignore[union-attr]
    assert body.splitlines()[0] == "edgeci.yaml:21: latency_cpu only 1.24x faster (1.21x..1.27x), limit 2x"
    assert "lower bound: 1.21" in body


def test_a_gate_without_a_line_names_the_file_only() -> None:
    gate = Gate(rule="at-most", metric="latency_cpu", limit=5.0)
    evidence = builders.evidence(
        verdicts=(builders.verdict(gate, outcome="failed"),), decisions=(builders.decision(None),)
    )
    assert "edgeci.yaml: latency_cpu failed" in junit.render(evidence)


def test_two_gates_of_one_name_are_two_cases() -> None:
    gates = [builders.SPEED_UP, builders.SPEED_UP.model_copy(update={"against": "base"})]
    evidence = builders.evidence(verdicts=tuple(builders.verdict(gate) for gate in gates))
    assert set(outcomes(junit.render(evidence))) >= {
        (STATIC.id, "latency_cpu speed-up against unoptimized"),
        (STATIC.id, "latency_cpu speed-up against base"),
    }


def test_case_names_hold_no_measured_number_so_history_follows_them() -> None:
    def named(latency_ms: float) -> set[tuple[str, str]]:
        value = builders.verdict(reason=f"{latency_ms} ms", value=latency_ms)
        return set(cases(junit.render(builders.evidence(verdicts=(value,)))))

    assert named(1.5) == named(99.25)


def test_times_are_above_zero_with_at_most_three_decimals() -> None:
    xml = ElementTree.fromstring(junit.render(builders.evidence()))
    times = [
        element.attrib["time"] for element in xml.iter() if element.tag != "properties" and "time" in element.attrib
    ]
    assert len(times) == 2 + len(list(xml.iter("testcase")))
    assert all(float(time) > 0 and len(time.partition(".")[2]) == 3 for time in times)


def test_counts_are_those_of_the_cases() -> None:
    counted = suite(junit.render(builders.without_winner())).attrib
    assert [counted[name] for name in ("tests", "failures", "errors", "skipped")] == ["10", "2", "1", "1"]
    assert counted["id"] == "1"


def test_each_target_has_its_own_suite() -> None:
    evidence = builders.evidence(targets=(builders.target(), builders.target("jetson")))
    names = [each.name for each in JUnitXml.fromstring(junit.render(evidence).encode())]
    assert names == ["edgeci.raspberry-pi", "edgeci.jetson"]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("render", [junit.render, junit.render_candidates])
def test_hostile_text_comes_out_as_itself(render, text: str) -> None:  # type: ignore[no-untyped-def]
    shown = cases(render(builders.hostile_evidence(text)))
    failure = next(case for case in shown.values() if case.find("failure") is not None)
    assert failure.attrib["name"] == visible(text)
    assert failure.find("failure").attrib["message"] == visible(text)  # type: ignore[union-attr]
    assert visible(text) in str(failure.find("failure").text)  # type: ignore[union-attr]


@settings(max_examples=60, deadline=None)
@given(ANY_TEXT)
def test_any_text_leaves_valid_xml(text: str) -> None:
    cases(junit.render(builders.hostile_evidence(text)))
    cases(junit.render(builders.hostile_evidence(text, has_winner=True)))
