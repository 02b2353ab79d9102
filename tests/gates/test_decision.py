"""What ships is what passed everything; everybody else is told why not."""

from edgeci.gates.decision import decide
from edgeci.types import Candidate, Decision, File, Gate, Measurement, Recipe, Target, Verdict
from tests.gates.builders import gate, timing

TARGET = Target(name="cpu")
SPEED = gate("speed-up", "latency_cpu", 2.0)
SIZE = gate("at-most", "size", 1.0)


def candidate(method: str, size: int = 100) -> Candidate:
    file = File(path="model.onnx", sha256="0" * 64, size_bytes=size)
    recipe = Recipe(backend="onnxruntime", method=method)
    return Candidate(
        recipe=recipe, main="model.onnx", files=(file,), key="k", seconds=1, versions={}, precision="float32 100%"
    )


def verdict(judged: Candidate, demand: Gate, outcome: str) -> Verdict:
    return Verdict(gate=demand, candidate=judged.recipe.id, target="cpu", outcome=outcome, reason=f"it {outcome}")


def decision(
    candidates: list[Candidate], verdicts: list[Verdict], measurements: list[Measurement] | None = None
) -> Decision:
    return decide(TARGET, candidates, [SPEED, SIZE], verdicts, measurements or [], ("latency_cpu",))


def test_the_one_that_passed_everything_wins() -> None:
    good, bad = candidate("good"), candidate("bad")
    decided = decision(
        [bad, good],
        [
            verdict(good, SPEED, "passed"),
            verdict(good, SIZE, "passed"),
            verdict(bad, SPEED, "passed"),
            verdict(bad, SIZE, "failed"),
        ],
    )
    assert (decided.outcome, decided.winner) == ("passed", good.recipe.id)
    assert decided.losers == {bad.recipe.id: "passed 1 of 2 gates; it failed"}


def test_a_candidate_without_a_verdict_on_every_gate_has_not_passed() -> None:
    lazy = candidate("lazy")
    decided = decision([lazy], [verdict(lazy, SPEED, "passed")])
    assert (decided.outcome, decided.winner) == ("broken", None)
    assert "no verdict on size at-most" in decided.losers[lazy.recipe.id]


def test_the_faster_of_two_that_passed_wins_relative_to_its_own_baseline() -> None:
    one, two = candidate("one"), candidate("two")
    verdicts = [verdict(each, demand, "passed") for each in (one, two) for demand in (SPEED, SIZE)]
    measured = [
        timing(1 / 3, 12, candidate=one.recipe.id),
        timing(1 / 2, 12, candidate=two.recipe.id),
    ]
    decided = decision([two, one], verdicts, measured)
    assert decided.winner == one.recipe.id
    assert "is better by latency_cpu" in decided.losers[two.recipe.id]


def test_undecided_is_not_no_and_broken_is_neither() -> None:
    one, two = candidate("one"), candidate("two")
    failed = [verdict(one, demand, "failed") for demand in (SPEED, SIZE)]
    assert decision([one], failed).outcome == "failed"
    unsure = [verdict(two, SPEED, "inconclusive"), verdict(two, SIZE, "passed")]
    assert decision([one, two], failed + unsure).outcome == "inconclusive"
    assert decision([one], [verdict(one, demand, "broken") for demand in (SPEED, SIZE)]).outcome == "broken"


def test_no_candidates_is_broken() -> None:
    assert decision([], []).outcome == "broken"
