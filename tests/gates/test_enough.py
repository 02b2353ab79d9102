"""A gate that so many items can never pass is known before anything is measured."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgeci.gates.enough import best_bound, fewest_items, shortfall
from edgeci.gates.judge import judge
from edgeci.types import Gate
from tests.gates.builders import gate, predictions

MLPERF = gate("retained", "accuracy", 0.99)


@pytest.mark.parametrize(
    ("demand", "items"),
    [
        (MLPERF, 268),
        (gate("retained", "accuracy", 0.999), 2703),
        (gate("retained", "accuracy", 0.95), 64),
        (gate("retained", "agreement", 0.99), 299),
        (gate("drop", "accuracy", 0.02), 133),
        (gate("flips", "accuracy", 0.02), 149),
        (gate("at-least", "accuracy", 0.99), 299),
        (gate("drop", "mse", 0.1), 64),
        (gate("retained", "f1_macro", 0.99), 64),
        (gate("drop", "accuracy", -0.05), 64),
    ],
)
def test_items_that_an_unchanged_candidate_needs(demand: Gate, items: int) -> None:
    assert fewest_items(demand) == items


def test_a_worse_baseline_asks_for_more_items() -> None:
    assert fewest_items(MLPERF, quality=0.93) == 288


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(["retained", "drop", "flips"]), st.floats(0.005, 0.04))
def test_one_item_fewer_does_not_pass_and_as_many_do(rule: str, distance: float) -> None:
    demand = gate(rule, "accuracy", 1 - distance if rule == "retained" else distance)
    needed = fewest_items(demand)
    assert needed is not None
    assert judge(demand, "candidate", "cpu", [predictions(needed, 0)]).outcome == "passed"
    assert judge(demand, "candidate", "cpu", [predictions(needed - 1, 0)]).outcome == "inconclusive"


def test_what_is_lacking_is_said_with_the_limit_that_these_items_can_show() -> None:
    assert shortfall(MLPERF, 268) is None
    assert shortfall(MLPERF, 180) == (
        "180 items cannot show it even of a candidate that changes not one answer; "
        "bring at least 268, or set the limit to 0.9851"
    )
    assert shortfall(gate("retained", "accuracy", 0.9851), 180) is None


def test_fewer_items_than_any_rule_takes_are_told_what_the_gate_needs() -> None:
    assert shortfall(MLPERF, 20) == "20 items decide nothing; bring at least 268"
    assert judge(MLPERF, "candidate", "cpu", [predictions(20, 0)]).reason == (
        "accuracy: 20 items, at least 268 are needed; 248 more would do"
    )


def test_nothing_shows_that_nothing_was_lost() -> None:
    for demand in (gate("retained", "accuracy", 1.0), gate("drop", "accuracy", 0.0), gate("flips", "accuracy", 0.0)):
        assert fewest_items(demand) is None
        assert "no number of items can show it; set the limit to" in (shortfall(demand, 180) or "")


def test_what_is_not_taken_of_items_lacks_none() -> None:
    assert shortfall(gate("speed-up", "latency_cpu", 2.0), 1) is None


def test_an_undecided_verdict_says_that_these_items_never_could() -> None:
    judged = judge(MLPERF, "candidate", "cpu", [predictions(180, 0)])
    assert judged.outcome == "inconclusive"
    assert "bring at least 268, or set the limit to 0.9851" in judged.reason
    assert "even of" not in judge(MLPERF, "candidate", "cpu", [predictions(300, 2)]).reason


def test_a_candidate_fails_with_items_that_could_pass_none() -> None:
    assert judge(MLPERF, "candidate", "cpu", [predictions(150, 30)]).outcome == "failed"


def test_more_items_show_more() -> None:
    assert best_bound("retained", "accuracy", 100) < best_bound("retained", "accuracy", 200) < 1
