"""Who is released of several that passed: bounds decide, a tie goes to the plain, and the reason has the numbers."""

import itertools
import math

from edgeci.gates.decision import decide
from edgeci.gates.standing import BASELINE, standing
from edgeci.types import Candidate, Decision, File, Measurement, Recipe, Target
from tests.gates.builders import gate, measurement, predictions, timing
from tests.gates.test_decision import verdict

TARGET = Target(name="cpu")
DEMAND = gate("at-most", "size", 1.0)


def candidate(method: str, size: int = 100, **options: int) -> Candidate:
    recipe = Recipe(backend="onnxruntime", method=method, options=dict(options))
    file = File(path="model.onnx", sha256="0" * 64, size_bytes=size)
    return Candidate(
        recipe=recipe, main="model.onnx", files=(file,), key="k", seconds=1, versions={}, precision="float32 100%"
    )


AS_IS = candidate("as-is")


def of(judged: Candidate, measured: Measurement) -> Measurement:
    return measured.model_copy(update={"candidate": judged.recipe.id, "baseline": AS_IS.recipe.id})


def timed(judged: Candidate, ratio: float, noise: float = 0.01) -> Measurement:
    return of(judged, timing(ratio, 12, noise))


def sized(judged: Candidate) -> Measurement:
    return of(judged, measurement("size", [judged.size_bytes / 1e6], [AS_IS.size_bytes / 1e6]))


def released(candidates: list[Candidate], measured: list[Measurement], *prefer: str) -> Decision:
    verdicts = [verdict(each, DEMAND, "passed") for each in candidates]
    everything = [*measured, *map(sized, candidates)]
    return decide(TARGET, candidates, [DEMAND], verdicts, everything, prefer or ("latency_cpu",))


def test_a_larger_model_is_not_released_for_two_percent_that_nobody_can_tell() -> None:
    larger = candidate("graph-optimized", 142)
    decided = released([AS_IS, larger], [timed(larger, 1 / 1.02, noise=0.03)])
    assert decided.winner == AS_IS.recipe.id
    assert "the model as it is" in decided.reason
    assert "is surely better than onnxruntime as-is in nothing" in decided.losers[larger.recipe.id]


def test_what_is_surely_faster_is_released_and_what_it_costs_is_said() -> None:
    fast = candidate("int8-static", 142)
    decided = released([AS_IS, fast], [timed(fast, 1 / 2)])
    assert decided.winner == fast.recipe.id
    assert "best of 2 that passed by latency_cpu (2.0" in decided.reason
    assert "against onnxruntime as-is it gives up size (42% worse)" in decided.reason


def test_of_two_that_tie_the_smaller_is_released_and_the_reason_says_so() -> None:
    small, large = candidate("small", 50), candidate("large", 90)
    decided = released([large, small], [timed(large, 0.500), timed(small, 0.504)])
    assert decided.winner == small.recipe.id
    assert "tied with onnxruntime large by latency_cpu" in decided.reason
    assert "the smaller" in decided.reason
    assert "gives up nothing that was judged" in decided.reason
    assert "tied with onnxruntime small by latency_cpu" in decided.losers[large.recipe.id]


def test_of_two_that_tie_and_weigh_the_same_the_simpler_is_released() -> None:
    tuned, plain = candidate("int8", 50, block=16, bits=4), candidate("int8", 50)
    decided = released([tuned, plain], [timed(tuned, 0.500), timed(plain, 0.504)])
    assert decided.winner == plain.recipe.id
    assert "the simpler" in decided.reason


def test_one_process_of_a_file_is_not_better_than_another() -> None:
    """Two of them differ by 1 %, however many rounds show it."""
    optimized = candidate("graph-optimized", 142)
    decided = released([AS_IS, optimized], [timed(optimized, 0.995, noise=0.0001)])
    assert decided.winner == AS_IS.recipe.id


def test_a_list_decides_ties_by_what_comes_next() -> None:
    small, large = candidate("small", 50), candidate("large", 90)
    measured = [
        timed(small, 0.500), timed(large, 0.504),
        of(small, measurement("peak_memory", [5.0, 5.1, 5.0], [9.0, 9.0, 9.1])),
        of(large, measurement("peak_memory", [3.0, 3.1, 3.0], [9.0, 9.0, 9.1])),
    ]  # fmt: skip
    decided = released([small, large], measured, "latency_cpu", "peak_memory")
    assert decided.winner == large.recipe.id
    assert "by peak_memory" in decided.reason
    assert "it gives up size (80% worse)" in decided.reason


def test_quality_can_be_preferred() -> None:
    good, bad = candidate("good", 100), candidate("bad", 50)
    measured = [of(good, predictions(990, 10)), of(bad, predictions(900, 100))]
    assert released([bad, good], measured, "accuracy").winner == good.recipe.id


def test_the_baseline_is_as_good_as_itself_by_definition() -> None:
    twice = of(AS_IS, timing(1.07, 12))
    assert standing(twice) == BASELINE


def test_ties_go_round_in_no_order_of_the_candidates() -> None:
    """A chain of overlaps: who is released does not depend on who is compared with whom first."""
    first, second, third = candidate("first", 90), candidate("second", 70), candidate("third", 50)
    measured = [timed(first, 0.500, 0.02), timed(second, 0.515, 0.02), timed(third, 0.540, 0.02)]
    winners = {released(list(order), measured).winner for order in itertools.permutations([first, second, third])}
    assert winners == {second.recipe.id}


def test_an_estimate_without_bounds_beats_nobody() -> None:
    hasty = candidate("hasty", 142)
    decided = released([AS_IS, hasty], [of(hasty, timing(0.3, 5))])
    assert decided.winner == AS_IS.recipe.id
    assert "no bound yet" in decided.losers[hasty.recipe.id]


def test_a_candidate_that_was_not_measured_comes_after_those_that_were() -> None:
    measured, unmeasured = candidate("measured", 90), candidate("unmeasured", 50)
    assert released([unmeasured, measured], [timed(measured, 0.9)]).winner == measured.recipe.id
    broken = of(unmeasured, measurement("latency_cpu", [math.nan] * 12, [1.0] * 12))
    assert released([unmeasured, measured], [timed(measured, 0.9), broken]).winner == measured.recipe.id
