"""A memory peak of a small model is not judged on what two processes of one file differ by."""

from edgeci.gates.judge import judge
from edgeci.gates.standing import standing
from edgeci.types import Gate, Measurement, Verdict
from tests.gates.builders import gate, measurement

HALF = gate("reduction", "peak_memory", 0.5)
NOTE = "two processes of one file differ by up to 0.5 MB, which decides here: gate on size"


def peaks(ours: float, theirs: float, baseline: str = "baseline") -> Measurement:
    return measurement("peak_memory", [ours] * 3, [theirs] * 3, baseline=baseline)


def verdict(demand: Gate, measured: Measurement) -> Verdict:
    return judge(demand, "candidate", "cpu", [measured])


def test_a_small_model_neither_fails_nor_passes_a_memory_gate_and_is_told_why() -> None:
    for ours in (0.34, 0.1):
        judged = verdict(HALF, peaks(ours, 0.46))
        assert judged.outcome == "inconclusive"
        assert NOTE in judged.reason


def test_where_the_model_dominates_memory_is_judged_as_before() -> None:
    assert verdict(HALF, peaks(44, 141)).outcome == "passed"
    assert verdict(HALF, peaks(90, 141)).outcome == "failed"


def test_memory_within_the_noise_of_a_fixed_limit_cannot_be_told() -> None:
    most = gate("at-most", "peak_memory", 1.0)
    assert [verdict(most, peaks(ours, 2)).outcome for ours in (0.4, 0.9, 1.6)] == ["passed", "inconclusive", "failed"]
    assert NOTE in verdict(most, peaks(0.9, 2)).reason


def test_processes_that_disagree_are_said_to() -> None:
    apart = measurement("peak_memory", [40, 90, 41], [100] * 3)
    assert "the processes disagree" in verdict(HALF, apart).reason


def test_a_gates_own_floor_covers_the_noise() -> None:
    for floor, outcome in ((0.0, "inconclusive"), (0.5, "passed")):
        assert verdict(gate("regression", "peak_memory", 0.1, floor=floor), peaks(0.55, 0.46)).outcome == outcome


def test_a_file_compared_with_itself_is_as_large_as_itself() -> None:
    assert verdict(HALF, peaks(0.46, 0.46, baseline="candidate")).outcome == "failed"


def test_a_few_pages_less_are_a_tie() -> None:
    stands = standing(peaks(0.34, 0.46))
    assert stands is not None and stands.low < 0 < stands.high


def test_a_size_has_no_noise() -> None:
    assert verdict(gate("reduction", "size", 0.5), measurement("size", [0.09], [0.18])).outcome == "passed"
