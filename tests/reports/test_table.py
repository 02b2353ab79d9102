import math

import pytest

from edgeci.reports import annotations, junit
from edgeci.reports.conditions import conditions_text
from edgeci.reports.ledger import ledgers
from edgeci.reports.number_text import megabytes_text, memory_change_text, quality_text, speed_up_text
from edgeci.reports.rows import CandidateRow, CandidateTable
from edgeci.reports.table import tabulate
from edgeci.types import Evidence, Gate, Measurement, Outcome
from tests import builders
from tests.builders import AS_IS, DYNAMIC, OPENVINO, STATIC


def table_of(evidence: Evidence) -> CandidateTable:
    return tabulate(ledgers(evidence)[0])


def row_of(evidence: Evidence, recipe_id: str) -> CandidateRow:
    return next(row for row in table_of(evidence).rows if row.recipe_id == recipe_id)


def test_the_winner_comes_first_and_is_marked() -> None:
    rows = table_of(builders.evidence()).rows
    assert rows[0].recipe_id == STATIC.id
    assert [row.is_winner for row in rows] == [True, False, False, False, False]


def test_numbers_come_from_the_measurements() -> None:
    row = row_of(builders.evidence(), STATIC.id)
    assert row.quality == pytest.approx(0.9025)
    assert row.speed_up == pytest.approx(4.1 / 1.70, rel=0.02)
    assert row.size_mb == pytest.approx(0.440812)
    assert row.memory_mb == 6.3
    assert row.memory_ratio == pytest.approx(6.3 / 14.6)


def test_a_baseline_that_was_not_measured_alone_shows_what_others_were_measured_against() -> None:
    row = row_of(builders.evidence(), AS_IS.id)
    assert row.is_baseline
    assert row.quality == pytest.approx(0.9125)
    assert row.latency_ms == pytest.approx(4.1, rel=0.05)
    assert row.speed_up == 1.0
    assert row.verdict == "baseline"


def test_speed_up_is_the_median_of_the_pairs_so_drift_cancels() -> None:
    drifting = builders.timing(STATIC, 2.0).model_copy(
        update={"samples": (1.0, 5.0, 2.0), "reference": (2.0, 10.0, 4.0)}
    )
    assert row_of(builders.evidence(measurements=(drifting,)), STATIC.id).speed_up == pytest.approx(2.0)


def test_what_was_not_measured_is_not_available_and_never_zero() -> None:
    row = row_of(builders.evidence(measurements=()), STATIC.id)
    assert (row.quality, row.speed_up, row.memory_mb, row.memory_ratio) == (None, None, None, None)
    assert speed_up_text(row) == quality_text(row.quality, "accuracy") == memory_change_text(row) == "n/a"
    assert megabytes_text(row.memory_mb) == "n/a"


def test_a_broken_measurement_stays_visible() -> None:
    broken = builders.timing(STATIC, 2.0).model_copy(update={"samples": (math.nan, 1.0)})
    assert speed_up_text(row_of(builders.evidence(measurements=(broken,)), STATIC.id)) == "NaN"


def test_class_predictions_without_labels_have_no_quality() -> None:
    unlabelled = builders.accuracy(STATIC, 0.9).model_copy(update={"labels": ()})
    assert row_of(builders.evidence(measurements=(unlabelled,)), STATIC.id).quality is None


def test_the_quality_shown_is_the_one_that_a_gate_judges() -> None:
    mae = Measurement(
        candidate=STATIC.id, target="raspberry-pi", metric="mae", unit="", better="lower", samples=(0.5, 0.25)
    )
    both = builders.evidence(measurements=(*builders.measurements(), mae))
    assert table_of(both).quality_title == "accuracy"
    gate = builders.ACCURACY.model_copy(update={"metric": "mae"})
    judged = builders.evidence(measurements=(mae,), verdicts=(builders.verdict(gate),))
    assert table_of(judged).quality_title == "mae"
    assert quality_text(row_of(judged, STATIC.id).quality, "mae") == "0.375"


def test_wall_time_is_shown_only_where_there_is_no_cpu_time() -> None:
    wall = builders.timing(STATIC, 1.7, metric="latency_wall")
    assert table_of(builders.evidence(measurements=(wall,))).speed_up_title == "speed-up (wall)"
    both = (wall, builders.timing(STATIC, 1.7))
    assert table_of(builders.evidence(measurements=both)).speed_up_title == "speed-up (CPU)"


@pytest.mark.parametrize(("megabytes", "words"), [(7.3, "50 % less"), (29.2, "100 % more"), (14.6, "same")])
def test_memory_against_the_baseline_reads_without_a_sign(megabytes: float, words: str) -> None:
    peak = builders.memory(STATIC, megabytes).model_copy(update={"samples": (megabytes,), "reference": (14.6,)})
    assert memory_change_text(row_of(builders.evidence(measurements=(peak,)), STATIC.id)) == words


def test_conditions_are_ranges_over_the_candidates() -> None:
    lines = conditions_text(ledgers(builders.evidence())[0])
    assert lines[0].startswith(
        "latency_cpu: 27 paired samples a candidate; threads 1; launches 3; seconds 2.82 to 3.23"
    )


def test_a_loser_carries_its_verdict_and_reason() -> None:
    row = row_of(builders.evidence(), OPENVINO.id)
    assert row.verdict == "inconclusive"
    assert "straddles 2x" in str(row.reason)


def test_every_quality_metric_that_a_gate_judges_has_a_column() -> None:
    gate = Gate(rule="at-most", metric="cosine_distance", limit=0.02)
    far = builders.accuracy(STATIC, 0.9).model_copy(
        update={"metric": "cosine_distance", "unit": "distance", "samples": (0.01, 0.03), "labels": (), "reference": ()}
    )
    evidence = builders.evidence(
        verdicts=(*builders.verdicts(), builders.verdict(gate)), measurements=(*builders.measurements(), far)
    )
    table = table_of(evidence)
    assert [column.title for column in table.columns] == ["accuracy", "cosine_distance"]
    assert table.columns[1].texts[STATIC.id] == "0.02"
    assert table.columns[1].texts[AS_IS.id] == "n/a"


def judged_baseline(outcome: Outcome = "failed") -> Evidence:
    """The baseline is put to the speed-up gate, too: it is no faster than itself."""
    whole = builders.without_winner()
    own = builders.verdict(builders.SPEED_UP, AS_IS, outcome, reason="latency_cpu 1.00x better, limit 2x")
    others = [builders.verdict(gate, AS_IS) for gate in (builders.ACCURACY, builders.MEMORY)]
    return whole.model_copy(update={"verdicts": (*whole.verdicts, own, *others)})


def test_a_baseline_that_is_no_faster_than_itself_is_not_said_to_have_failed() -> None:
    row = row_of(judged_baseline(), AS_IS.id)
    assert (row.outcome, row.verdict_text) == ("failed", "baseline")
    assert row_of(judged_baseline("broken"), AS_IS.id).verdict == "broken"
    for rendered in (junit.render(judged_baseline()), junit.render_candidates(judged_baseline())):
        assert "the baseline, which need not pass: latency_cpu 1.00x" in rendered
    assert "::notice" in next(line for line in annotations.render(judged_baseline()).splitlines() if "1.00x" in line)


def test_where_only_the_baseline_was_judged_its_failure_is_one() -> None:
    alone = judged_baseline()
    own = tuple(verdict for verdict in alone.verdicts if verdict.candidate == AS_IS.id)
    rendered = junit.render(alone.model_copy(update={"verdicts": own}))
    assert "<failure" in rendered


def test_a_near_miss_is_told_from_a_bad_model() -> None:
    assert row_of(builders.evidence(), DYNAMIC.id).verdict_text == "failed (2 of 3)"
