"""The search for what must keep its precision, where every try takes a second and errors add up as squares."""

import math

import pytest

from edgeci.backends.ladder import Ladder, Outcome, Parts

HARM = {"first": 0.9, "second": 0.01, "third": 0.3, "fourth": 0.02, "fifth": 0.04}
COSTS = {"first": 1.0, "second": 5.0, "third": 2.0, "fourth": 5.0, "fifth": 1.0}


class Laboratory:
    """Tries a selection in a second."""

    def __init__(self, harm: dict[str, float] = HARM, seconds_a_try: float = 1.0) -> None:
        self.harm, self.seconds_a_try = harm, seconds_a_try
        self.now = 0.0
        self.asked: list[Parts] = []

    def error(self, left: Parts) -> float:
        self.now += self.seconds_a_try
        self.asked.append(left)
        return math.sqrt(sum(harm**2 for name, harm in self.harm.items() if name not in left))

    def climb(self, bound: float, seconds: float, costs: dict[str, float] = COSTS) -> Outcome:
        return Ladder(costs, self.error, bound, seconds, lambda: self.now).climb()


def test_what_hurts_most_is_left_alone_and_nothing_else() -> None:
    outcome = Laboratory().climb(bound=0.1, seconds=100)
    assert outcome.best.left == {"first", "third"}
    assert outcome.is_within and outcome.is_finished


def test_where_nothing_hurts_one_try_is_enough() -> None:
    laboratory = Laboratory()
    outcome = laboratory.climb(bound=2, seconds=100)
    assert outcome.best.left == frozenset() and outcome.is_within and outcome.is_finished
    assert laboratory.asked == [frozenset()]


def test_what_need_not_be_left_after_all_is_put_back() -> None:
    """Together two parts cancel out, which no part shows alone."""
    laboratory = Laboratory()
    alone = laboratory.error
    laboratory.error = lambda left: 0.05 if left == {"first"} else alone(left)  # type: ignore[method-assign]
    assert laboratory.climb(bound=0.06, seconds=100).best.left == {"first"}


def test_the_same_selection_is_tried_once() -> None:
    laboratory = Laboratory()
    outcome = laboratory.climb(bound=0.1, seconds=100)
    assert len(laboratory.asked) == len(set(laboratory.asked)) == outcome.tried


def test_it_never_tries_to_leave_everything_alone() -> None:
    laboratory = Laboratory()
    outcome = laboratory.climb(bound=0.0001, seconds=100)
    assert frozenset(HARM) not in laboratory.asked
    assert not outcome.is_within and outcome.is_finished
    assert outcome.best.error == 0.01


@pytest.mark.parametrize("seconds", [2, 4, 6, 8])
def test_whoever_has_no_time_left_gets_the_best_so_far(seconds: float) -> None:
    laboratory = Laboratory()
    outcome = laboratory.climb(bound=0.1, seconds=seconds)
    assert laboratory.now <= seconds + 1
    assert outcome.is_within or outcome.best.error == min(laboratory.error(left) for left in [*laboratory.asked])


def test_neighbours_are_tried_together_where_there_are_too_many_parts() -> None:
    many = {f"part{number}": 0.5 if number == 70 else 0.001 for number in range(100)}
    laboratory = Laboratory(many)
    outcome = laboratory.climb(bound=0.1, seconds=60, costs=dict.fromkeys(many, 1.0))
    assert laboratory.now <= 61
    assert outcome.is_within and "part70" in outcome.best.left
    assert len(outcome.best.left) <= 4


def test_a_try_that_gives_no_number_is_no_good_one() -> None:
    laboratory = Laboratory(HARM | {"first": math.nan})
    outcome = laboratory.climb(bound=0.1, seconds=100)
    assert outcome.is_within and "first" in outcome.best.left
