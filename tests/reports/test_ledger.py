from edgeci.reports.ledger import Ledger, ledgers
from edgeci.types import Evidence, Recipe
from tests import builders
from tests.builders import AS_IS, DYNAMIC, OPENVINO, STATIC


def only(evidence: Evidence) -> Ledger:
    (ledger,) = ledgers(evidence)
    return ledger


def test_a_target_that_only_a_verdict_names_is_not_lost() -> None:
    gathered = ledgers(builders.evidence(targets=(), decisions=()))
    assert [ledger.target.name for ledger in gathered] == ["raspberry-pi"]


def test_a_candidate_that_only_a_verdict_names_is_not_lost() -> None:
    ledger = only(builders.evidence(candidates=()))
    assert set(ledger.candidates) == {each.id for each in (AS_IS, STATIC, DYNAMIC, OPENVINO, builders.WEIGHTS_4BIT)}
    assert ledger.title(STATIC.id) == STATIC.id


def test_two_candidates_that_read_the_same_are_told_apart() -> None:
    twin = Recipe(backend="onnxruntime", method="int8-static", options={"per_channel": False})
    ledger = only(
        builders.evidence(
            candidates=(builders.candidate(STATIC), builders.candidate(twin)),
            verdicts=(builders.verdict(recipe=STATIC), builders.verdict(recipe=twin)),
        )
    )
    assert ledger.title(STATIC.id) == f"onnxruntime int8-static ({STATIC.id[-8:]})"
    assert ledger.title(STATIC.id) != ledger.title(twin.id)


def test_a_candidate_without_a_verdict_on_a_gate_of_the_others_is_broken() -> None:
    verdicts = [each for each in builders.verdicts() if each.candidate != STATIC.id or each.gate != builders.MEMORY]
    assert only(builders.evidence(verdicts=tuple(verdicts))).outcome(STATIC.id) == "broken"


def test_the_baseline_needs_no_verdict() -> None:
    ledger = only(builders.evidence())
    assert ledger.outcome(AS_IS.id) is None
    assert not ledger.is_unjudged(AS_IS.id)
    assert ledger.why_lost(AS_IS.id) is None


def test_the_reason_of_a_loser_is_the_decisions() -> None:
    assert only(builders.evidence()).why_lost(DYNAMIC.id) == builders.evidence().decisions[0].losers[DYNAMIC.id]


def test_a_target_without_candidates_verdicts_or_decision_has_a_problem() -> None:
    assert "no candidate was made" in str(only(Evidence(**bare())).problem)
    assert "not one verdict" in str(only(builders.evidence(verdicts=())).problem)
    assert "no decision" in str(only(builders.evidence(decisions=())).problem)
    assert only(builders.evidence()).problem is None
    assert only(builders.without_winner()).problem is None


def test_a_winner_without_a_verdict_is_a_problem() -> None:
    verdicts = tuple(each for each in builders.verdicts() if each.candidate != STATIC.id)
    assert "no verdict" in str(only(builders.evidence(verdicts=verdicts)).problem)


def bare() -> dict[str, object]:
    return {"config": "edgeci.yaml", "assessment": builders.assessment(), "targets": (builders.target(),)}
