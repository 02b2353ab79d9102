"""The numbers people compare, computed once from the evidence and shown alike everywhere.

A number that was not measured is None and reads "n/a", never 0; a broken one is NaN and reads "NaN".
"""

from collections.abc import Iterator

from edgeci.metrics import PART_TIMINGS, TEXT_METRICS
from edgeci.reports.ledger import Ledger
from edgeci.reports.number_text import quality_text
from edgeci.reports.rows import CandidateRow, CandidateTable, Column
from edgeci.reports.text_columns import FOR_PAGES, TEXT_COLUMNS
from edgeci.reports.values import LATENCIES, absolute, is_measured, judged_quality, quality_metric, relative


def tabulate(ledger: Ledger) -> CandidateTable:
    quality = quality_metric(ledger)
    latency = next((metric for metric in LATENCIES if is_measured(ledger, metric)), None)
    rows = [candidate_row(ledger, recipe_id, quality, latency) for recipe_id in ledger.candidates]
    ordered = tuple(sorted(rows, key=lambda row: not row.is_winner))
    columns = tuple(quality_columns(ledger, ordered, quality))
    better = next((each.better for each in ledger.measurements if each.metric == quality), "higher")
    return CandidateTable(ordered, quality, latency, better == "higher", columns)


def quality_columns(ledger: Ledger, rows: tuple[CandidateRow, ...], quality: str | None) -> Iterator[Column]:
    """Every quality metric that a gate judges; of a language model what its columns do not say already."""
    is_in_parts = any(is_measured(ledger, metric) for metric in PART_TIMINGS)
    said = (None, *TEXT_METRICS) if is_in_parts else ()
    for metric in dict.fromkeys((quality, *judged_quality(ledger))):
        if metric not in said:
            texts = {row.recipe_id: quality_text(absolute(ledger, row.recipe_id, metric), metric) for row in rows}
            yield Column(metric or "quality", texts)
    if is_in_parts:
        for title, text in TEXT_COLUMNS.items():
            yield Column(title, {row.recipe_id: text(ledger, row.recipe_id) for row in rows}, title in FOR_PAGES)


def candidate_row(ledger: Ledger, recipe_id: str, quality: str | None, latency: str | None) -> CandidateRow:
    candidate = ledger.candidates[recipe_id]
    latency_ratio = relative(ledger, recipe_id, latency)
    return CandidateRow(
        recipe_id=recipe_id,
        title=ledger.title(recipe_id),
        quality=absolute(ledger, recipe_id, quality),
        latency_ms=absolute(ledger, recipe_id, latency),
        speed_up=1 / latency_ratio if latency_ratio else None,
        size_mb=candidate.size_bytes / 1e6 if candidate else None,
        memory_mb=absolute(ledger, recipe_id, "peak_memory"),
        memory_ratio=relative(ledger, recipe_id, "peak_memory"),
        outcome=ledger.outcome(recipe_id),
        reason=ledger.why_lost(recipe_id),
        is_winner=recipe_id == ledger.winner,
        is_baseline=recipe_id in ledger.baselines,
        is_waived=ledger.is_waived(recipe_id),
        passed=sum(verdict.outcome == "passed" for verdict in ledger.verdicts_on(recipe_id)),
        gates=len(ledger.verdicts_on(recipe_id)),
    )
