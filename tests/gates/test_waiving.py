"""A waiver lets a failure ship in plain sight; it helps nothing else."""

import datetime

import pytest

from edgeci.gates.decision import decide
from edgeci.gates.waiving import waived
from edgeci.types import Outcome, Verdict, Waiver
from edgeci.types.tally import tally
from tests.gates.builders import gate
from tests.gates.test_decision import SIZE, SPEED, TARGET, candidate, verdict

WAIVER = Waiver(
    rule="at-most", metric="size", owner="Ada", reason="flash is larger now", expires=datetime.date(2030, 1, 31)
)


def judged(outcome: Outcome, **changes: object) -> Verdict:
    return verdict(candidate("big"), SIZE, outcome).model_copy(update=changes)


def test_a_waived_failure_stays_failed_and_says_who_answers_for_it() -> None:
    after = waived(judged("failed"), [WAIVER])
    assert after.outcome == "failed"
    assert after.may_ship
    assert after.reason == "it failed; waived by Ada until 2030-01-31: flash is larger now"
    assert after.outcome_text == "failed, waived"


@pytest.mark.parametrize("outcome", ["passed", "inconclusive", "broken"])
def test_only_a_failure_can_be_waived(outcome: Outcome) -> None:
    after = waived(judged(outcome), [WAIVER])
    assert after == judged(outcome)
    assert after.may_ship == (outcome == "passed")


def test_a_waiver_is_for_one_rule_one_metric_and_its_target() -> None:
    for changes in ({"rule": "reduction"}, {"metric": "peak_memory"}, {"target": "phone"}):
        assert not waived(judged("failed"), [WAIVER.model_copy(update=changes)]).may_ship
    assert waived(judged("failed"), [WAIVER.model_copy(update={"target": "cpu"})]).may_ship


def test_a_waiver_of_a_target_is_for_gates_of_every_target_or_that_one() -> None:
    own = WAIVER.model_copy(update={"target": "cpu"})
    assert own.is_for(gate("at-most", "size", 1.0))
    assert own.is_for(gate("at-most", "size", 1.0, target="cpu"))
    assert not own.is_for(gate("at-most", "size", 1.0, target="phone"))


def test_a_waived_candidate_is_released_and_the_decision_says_so() -> None:
    big = candidate("big")
    verdicts = [verdict(big, SPEED, "passed"), waived(judged("failed"), [WAIVER])]
    decided = decide(TARGET, [big], [SPEED, SIZE], verdicts, [], "latency_cpu")
    assert (decided.outcome, decided.winner) == ("passed", big.recipe.id)
    said = "passed 1 of 2 gates, 1 failure waived; size at-most failed: it failed; waived by Ada until 2030-01-31"
    assert said in decided.reason


def test_who_needs_no_waiver_comes_first() -> None:
    big, small = candidate("big", size=1), candidate("small", size=999)
    verdicts = [
        verdict(big, SPEED, "passed"),
        waived(judged("failed"), [WAIVER]),
        *(verdict(small, demand, "passed") for demand in (SPEED, SIZE)),
    ]
    decided = decide(TARGET, [big, small], [SPEED, SIZE], verdicts, [], "latency_cpu")
    assert decided.winner == small.recipe.id
    assert decided.reason == "onnxruntime small passed all 2 gates"
    assert "needs no waiver" in decided.losers[big.recipe.id]


def test_a_waiver_does_not_help_against_another_failure() -> None:
    big = candidate("big")
    verdicts = [verdict(big, SPEED, "failed"), waived(judged("failed"), [WAIVER])]
    decided = decide(TARGET, [big], [SPEED, SIZE], verdicts, [], "latency_cpu")
    assert (decided.outcome, decided.winner) == ("failed", None)
    assert decided.losers[big.recipe.id] == "it failed"


def test_waived_failures_are_counted_apart_from_what_passed() -> None:
    assert tally([judged("passed"), *[waived(judged("failed"), [WAIVER])] * 2]) == (
        "passed 1 of 3 gates, 2 failures waived"
    )
    assert tally([judged("passed"), judged("failed")]) == "passed 1 of 2 gates"
    assert tally([judged("passed")] * 2) == "passed all 2 gates"
    assert tally([waived(judged("failed"), [WAIVER])]) == "passed 0 of 1 gates, 1 failure waived"
