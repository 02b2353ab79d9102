"""What each stage won and lost is arithmetic on what was measured, and nothing else."""

import dataclasses
import math

import pytest

from edgeci.reports.ledger import ledgers
from edgeci.reports.progress import Progress, Step, progress
from edgeci.reports.way import stage_of
from edgeci.types import Decision, Evidence, Measurement, Recipe, Target
from tests import builders
from tests.builders import AS_IS, DYNAMIC, STATIC

CONVERTED = Recipe(backend="openvino", method="as-is")
PTQ = Recipe(backend="openvino", method="int8-ptq")
BF16 = Recipe(backend="openvino", method="bf16")
FUSED = Recipe(backend="onnxruntime", method="graph-optimized")


def shown(evidence: Evidence) -> Progress:
    told = progress(ledgers(evidence)[0])
    assert told is not None
    return told


def step(evidence: Evidence, stage: str) -> Step:
    return next(each for each in shown(evidence).steps if each.stage == stage)


LEVELS = ((CONVERTED, 2.0, 4_000_000), (PTQ, 1.0, 1_000_000), (BF16, 1.6, 4_000_000), (FUSED, 3.0, 3_900_000))
"""Milliseconds, where the baseline takes 4; bytes."""


def race(winner: Recipe | None) -> Evidence:
    """A conversion, its int8, its bf16, and a fusion beside them, all measured exactly; only the winner passes."""
    missed = [recipe for recipe, *_ in LEVELS if recipe != winner]
    return builders.evidence(
        candidates=tuple(builders.candidate(recipe, size) for recipe, _, size in ((AS_IS, 4.0, 4_000_000), *LEVELS)),
        skipped=(),
        measurements=tuple(
            measured
            for recipe, latency, _ in LEVELS
            for measured in (exactly(builders.timing(recipe, latency), latency, 4.0), builders.accuracy(recipe, 0.9))
        ),
        verdicts=tuple(
            builders.verdict(builders.SPEED_UP, recipe, "failed" if recipe in missed else "passed")
            for recipe, *_ in LEVELS
        ),
        decisions=(builders.decision(winner, losers={recipe.id: "slow" for recipe in missed}),),
    )


def exactly(measured: Measurement, value: float, reference: float) -> Measurement:
    return measured.model_copy(update={"samples": (value,) * 9, "reference": (reference,) * 9})


def test_five_stages_in_their_order() -> None:
    assert [each.stage for each in shown(builders.evidence()).steps] == [
        "baseline",
        "conversion",
        "quantization",
        "acceleration",
        "validation",
    ]


def test_each_stage_is_compared_with_the_one_before_it_and_the_last_with_the_baseline() -> None:
    raced = race(PTQ)
    assert step(raced, "baseline").speed == "4 ms"
    assert step(raced, "conversion").speed == "2 ms (2.00x faster)"
    assert step(raced, "quantization").speed == "1 ms (2.00x faster)"
    assert step(raced, "validation").speed == "1 ms (4.00x faster)"
    assert [step(raced, stage).size for stage in ("conversion", "quantization", "validation")] == [
        "4.00 MB (same)",
        "1.00 MB (75 % less)",
        "1.00 MB (75 % less)",
    ]


def test_the_way_passes_only_through_the_stages_that_the_winner_needs() -> None:
    raced = race(BF16)
    assert step(raced, "quantization").kept == "-"
    assert step(raced, "quantization").numbers == ("", "", "", "")
    assert step(raced, "acceleration").kept == "openvino bf16"
    assert step(raced, "acceleration").speed == "1.6 ms (1.25x faster)"
    assert step(builders.evidence(), "conversion").kept == "-", "the winner runs where the baseline runs"


def test_a_conversion_that_wins_is_the_last_stage() -> None:
    raced = race(CONVERTED)
    assert step(raced, "conversion").kept == "openvino as-is"
    assert step(raced, "quantization").kept == step(raced, "acceleration").kept == "-"
    assert step(raced, "validation").kept == "passed the only gate"


def test_alternatives_are_rolled_back_at_their_own_stage_with_a_reason() -> None:
    raced = race(PTQ)
    assert step(raced, "acceleration").rolled_back == (
        "openvino bf16 (failed latency_cpu)",
        "onnxruntime graph-optimized (failed latency_cpu)",
    )
    assert step(raced, "conversion").rolled_back == ()
    assert step(builders.evidence(), "quantization").rolled_back == (
        "onnxruntime int8-dynamic (failed latency_cpu)",
        "4-bit weights, block 32 (failed accuracy)",
        "openvino int8-static (inconclusive latency_cpu)",
        "openvino pruned (no candidate)",
    )


def test_nobody_is_lost_and_nobody_is_counted_twice() -> None:
    for evidence in (builders.evidence(), builders.without_winner(), race(PTQ), race(BF16), race(None)):
        ledger = ledgers(evidence)[0]
        told = shown(evidence)
        text = [each.kept for each in told.steps] + [one for each in told.steps for one in each.rolled_back]
        for recipe_id in ledger.candidates:
            assert sum(entry.startswith(ledger.title(recipe_id)) for entry in text) == 1
        for skipped in ledger.skipped:
            assert f"{skipped.recipe.title} (no candidate)" in text


def test_a_stage_that_was_not_measured_reads_not_available_and_the_next_skips_over_it() -> None:
    raced = race(PTQ)
    without = raced.model_copy(
        update={
            "candidates": tuple(each for each in raced.candidates if each.recipe != CONVERTED),
            "measurements": tuple(each for each in raced.measurements if each.candidate != CONVERTED.id),
            "verdicts": tuple(each for each in raced.verdicts if each.candidate != CONVERTED.id),
            "decisions": (builders.decision(PTQ, losers={BF16.id: "slow"}),),
        }
    )
    assert step(without, "conversion").kept == "openvino as-is, not measured"
    assert step(without, "conversion").numbers == ("n/a",) * 4
    assert step(without, "quantization").speed == "1 ms (4.00x faster)"


def test_numbers_that_were_not_measured_are_never_made_up() -> None:
    raced = race(PTQ)
    timed = tuple(each for each in raced.measurements if each.metric == "latency_cpu")
    told = step(raced.model_copy(update={"measurements": timed}), "quantization")
    assert told.quality == "n/a"
    assert told.memory == "n/a"
    assert step(builders.evidence(), "quantization").memory == "6.30 MB (57 % less)"


def test_a_broken_measurement_stays_visible() -> None:
    raced = race(PTQ)
    broken = tuple(
        each.model_copy(update={"samples": (math.nan,) * 9})
        if (each.candidate, each.metric) == (PTQ.id, "latency_cpu")
        else each
        for each in raced.measurements
    )
    assert step(raced.model_copy(update={"measurements": broken}), "quantization").speed == "NaN"


def test_without_a_winner_the_way_leads_to_whoever_failed_least() -> None:
    nearest = shown(builders.without_winner())
    assert nearest.kept_title == "nearest"
    assert "is not released" in nearest.note
    assert step(builders.without_winner(), "quantization").kept == "openvino int8-static"
    assert step(builders.without_winner(), "validation").kept == "passed 2 of 3 gates"


def test_a_candidate_that_passed_and_was_not_chosen_says_so() -> None:
    raced = race(PTQ)
    both = tuple(
        each.model_copy(update={"outcome": "passed"}) if each.candidate == BF16.id else each for each in raced.verdicts
    )
    told = step(raced.model_copy(update={"verdicts": both}), "acceleration").rolled_back
    assert told[0] == "openvino bf16 (passed, another is better)"


def test_where_nothing_was_measured_there_is_no_way_to_show() -> None:
    assert progress(ledgers(builders.evidence(measurements=(), verdicts=(), decisions=()))[0]) is None
    assert progress(ledgers(builders.evidence(verdicts=(), decisions=()))[0]) is None


def test_a_winner_whose_record_is_missing_is_not_invented() -> None:
    assert progress(ledgers(builders.evidence(candidates=()))[0]) is None


def test_a_candidate_of_unknown_recipe_is_named_where_it_was_judged() -> None:
    whole = builders.evidence()
    known = tuple(each for each in whole.candidates if each.recipe != DYNAMIC)
    told = step(whole.model_copy(update={"candidates": known}), "validation").rolled_back
    assert told == (f"{DYNAMIC.id} (its record is missing)",)


@pytest.mark.parametrize(
    ("method", "stage"),
    [
        ("as-is", "conversion"),
        ("graph-optimized", "acceleration"),
        ("bf16", "acceleration"),
        ("int8-static", "quantization"),
        ("q4_k_m", "quantization"),
        ("a-method-of-a-third-party", "quantization"),
    ],
)
def test_a_method_belongs_to_one_stage(method: str, stage: str) -> None:
    assert stage_of(Recipe(backend="some", method=method)) == stage


def test_a_language_model_is_compared_by_its_time_per_token() -> None:
    target = Target(name="raspberry-pi", backends=("onnxruntime",))
    tokens = exactly(builders.timing(STATIC, 5.0, metric="tpot_cpu"), 5.0, 10.0)
    whole = builders.evidence(
        targets=(target,),
        measurements=(tokens,),
        verdicts=(builders.verdict(builders.SPEED_UP, STATIC),),
        decisions=(Decision(target="raspberry-pi", outcome="passed", winner=STATIC.id, reason="passed"),),
    )
    assert shown(whole).speed_title == "time per token (CPU)"
    assert step(whole, "quantization").speed == "5 ms (2.00x faster)"


def test_every_cell_is_text() -> None:
    for each in shown(race(PTQ)).steps:
        assert all(isinstance(cell, str) for cell in dataclasses.astuple(each)[:-1])
