"""The plan of a timing: launches and looks, the order of blocks, when it stops, and a worker that dies."""

import random
from itertools import accumulate, islice

import pytest

from edgeci.config import Budget, Limits
from edgeci.errors import BackendFailed
from edgeci.isolation.process import Worker
from edgeci.measuring.sampling import Trace, launches, run_launch, sample, take_pair
from edgeci.statistics.intervals import FIRST_LOOK, LOOKS
from edgeci.types import Target
from edgeci.work.timing import Block, load, time_block
from edgeci.workbench.contender import Side
from tests.measuring import sides

LIMITS = Limits(timeout_seconds=30, memory_mb=4096)


class Overheard(Worker):
    """A worker that notes when it was asked to time a block."""

    def __init__(self, log: list[str], name: str) -> None:
        super().__init__(LIMITS)
        self.log, self.name = log, name

    def ask_held(self, function, *arguments, **keywords):
        if function is time_block:
            self.log.append(self.name)
        return super().ask_held(function, *arguments, **keywords)


@pytest.fixture(scope="module")
def order_of(tmp_path_factory):
    """The order in which blocks were taken, by seed."""
    job = side(tmp_path_factory.mktemp("order") / "project").job
    log: list[str] = []

    def order(seed: int, rounds: int = 40) -> list[str]:
        log.clear()
        dice = random.Random(seed)
        for _ in range(rounds):
            take_pair(theirs, ours, "none", 1, dice, Trace())
        return list(log)

    with Overheard(log, "theirs") as theirs, Overheard(log, "ours") as ours:
        for worker in (theirs, ours):
            worker.ask_held(load, job)
        yield order


def block(*milliseconds: float, waits: float = 1.0) -> Block:
    cpu_ns = tuple(value * 1e6 for value in milliseconds)
    return Block(cpu_ns=cpu_ns, wall_ns=tuple(waits * value for value in cpu_ns), scheduling="normal")


def side(folder, method: str = "as-is", **target: object) -> Side:
    return sides.side(folder, method, Target(name="cpu", **target))


@pytest.mark.parametrize("first", [1, 2, 3, 5, 12, 20])
def test_the_first_launches_end_at_the_first_look_and_each_further_one_at_the_next(first):
    reached = list(accumulate(launches(first)))
    assert reached[min(first, FIRST_LOOK) - 1] == FIRST_LOOK
    assert [count for count in reached if count >= FIRST_LOOK] == list(LOOKS)


def test_the_first_look_is_spread_evenly_over_its_launches():
    assert list(islice(launches(3), 3)) == [4, 4, 4]
    assert list(islice(launches(5), 5)) == [3, 3, 2, 2, 2]


def test_no_launch_is_empty():
    assert all(rounds > 0 for first in range(1, 15) for rounds in launches(first))


def test_the_order_follows_from_the_seed(order_of):
    assert order_of(1) == order_of(1)
    assert order_of(1) != order_of(2)


def test_each_goes_first_about_as_often(order_of):
    firsts = order_of(0, rounds=200)[::2]
    assert 75 < firsts.count("ours") < 125


def test_every_round_asks_both_once(order_of):
    log = order_of(3)
    assert all({log[index], log[index + 1]} == {"ours", "theirs"} for index in range(0, len(log), 2))


def test_a_block_counts_by_its_median_so_one_interruption_is_nothing():
    trace = Trace()
    trace.add(block(1.0, 1.1, 90.0, waits=2.0), block(2.0, 2.2, 2.1, waits=2.0))
    assert (trace.reference_cpu, trace.cpu) == ([1.1], [2.1])
    assert (trace.reference_wall, trace.wall) == ([2.2], [4.2])
    assert trace.contention == 2.0


def test_a_decision_at_the_first_look_ends_it(tmp_path):
    looked = []
    trace = sample(
        side(tmp_path / "a"), side(tmp_path / "b"), LIMITS, Budget(launches=1), lambda so_far: not looked.append(so_far)
    )
    assert len(looked) == 1
    assert len(trace.cpu) == len(trace.reference_wall) == FIRST_LOOK
    assert len(trace.load_ms) == 1


def test_decisions_are_asked_for_only_at_the_looks(tmp_path):
    seen: list[int] = []

    def decided(trace: Trace) -> bool:
        seen.append(len(trace.cpu))
        return len(seen) == 2

    sample(side(tmp_path / "a"), side(tmp_path / "b"), LIMITS, Budget(launches=3), decided)
    assert seen == list(LOOKS[:2])


def test_a_spent_budget_ends_it_undecided_but_never_before_the_first_look(tmp_path):
    trace = sample(side(tmp_path / "a"), side(tmp_path / "b"), LIMITS, Budget(seconds=0.01), lambda _: False)
    assert len(trace.cpu) == FIRST_LOOK
    assert len(trace.load_ms) == 3
    assert trace.seconds > 0.01


@pytest.mark.parametrize("broken", ["baseline", "candidate"])
def test_a_worker_that_dies_is_a_failed_backend(tmp_path, broken):
    sides = {"baseline": side(tmp_path / "a"), "candidate": side(tmp_path / "b")}
    sides[broken] = side(tmp_path / "c", "crash-when-run")
    with pytest.raises(BackendFailed, match=r"crashed|exit code"):
        sample(sides["baseline"], sides["candidate"], LIMITS, Budget(seconds=1), lambda _: True)


def test_no_priority_is_taken_where_none_is_wanted_and_the_record_says_so(tmp_path):
    trace = Trace()
    run_launch(side(tmp_path / "a"), side(tmp_path / "b"), LIMITS, "none", 2, random.Random(0), trace)
    assert trace.scheduling == {"normal"}


def test_several_threads_are_never_raised(tmp_path):
    trace = Trace()
    theirs, ours = side(tmp_path / "a", threads=2), side(tmp_path / "b", threads=2)
    run_launch(theirs, ours, LIMITS, "auto", 2, random.Random(0), trace)
    assert trace.scheduling == {"normal: more than one thread"}
