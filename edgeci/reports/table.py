"""The numbers people compare, computed once from the evidence and shown alike everywhere.

A number that was not measured is None and reads "n/a", never 0; a broken one is NaN and reads "NaN".
"""

import math
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from edgeci.metrics import METRICS, PART_TIMINGS, QUALITY, TEXT_METRICS
from edgeci.reports.ledger import Ledger
from edgeci.statistics.estimates import estimate, reference_estimate
from edgeci.types import Measurement, Outcome

LATENCIES = ("latency_cpu", "latency_wall")


NOT_FOR_PEOPLE = {"key"}
"""Conditions that only machines compare."""


@dataclass(frozen=True)
class CandidateRow:
    """One candidate on one target."""

    recipe_id: str
    title: str
    quality: float | None
    latency_ms: float | None
    speed_up: float | None
    """Times faster than the baseline of the same rounds."""
    size_mb: float | None
    memory_mb: float | None
    memory_ratio: float | None
    """Peak memory as a share of the baseline's."""
    outcome: Outcome | None
    """None for a baseline that is not itself judged."""
    reason: str | None
    """Why it is not released."""
    is_winner: bool
    is_baseline: bool
    is_waived: bool = False
    """Whether somebody answers for one of its failures."""

    @property
    def verdict(self) -> str:
        return self.outcome or "baseline"

    @property
    def verdict_text(self) -> str:
        return f"{self.verdict}, waived" if self.is_waived else self.verdict


@dataclass(frozen=True)
class Column:
    """What one candidate has there, by recipe id."""

    title: str
    texts: dict[str, str]
    is_for_pages: bool = False
    """Left out where there is little width."""


@dataclass(frozen=True)
class CandidateTable:
    """The rows of one target and the metrics in them; the winner first, then as measured."""

    rows: tuple[CandidateRow, ...]
    quality_metric: str | None
    latency_metric: str | None
    columns: tuple[Column, ...] = ()
    """Quality; of a language model also what a reader of its answers waits for."""

    @property
    def quality_title(self) -> str:
        return self.quality_metric or "quality"

    @property
    def speed_up_title(self) -> str:
        return {"latency_cpu": "speed-up (CPU)", "latency_wall": "speed-up (wall)"}.get(
            self.latency_metric or "", "speed-up"
        )

    @property
    def losers(self) -> tuple[CandidateRow, ...]:
        return tuple(row for row in self.rows if row.reason is not None)


def tabulate(ledger: Ledger) -> CandidateTable:
    quality = quality_metric(ledger)
    latency = next((metric for metric in LATENCIES if is_measured(ledger, metric)), None)
    rows = [candidate_row(ledger, recipe_id, quality, latency) for recipe_id in ledger.candidates]
    ordered = tuple(sorted(rows, key=lambda row: not row.is_winner))
    columns = tuple(quality_columns(ledger, ordered, quality))
    return CandidateTable(ordered, quality, latency, columns)


def quality_columns(ledger: Ledger, rows: tuple[CandidateRow, ...], quality: str | None) -> Iterator[Column]:
    """Every quality metric that a gate judges; of a language model what its columns do not say already."""
    is_text = any(is_measured(ledger, metric) for metric in PART_TIMINGS)
    said = (None, *TEXT_METRICS) if is_text else ()
    for metric in dict.fromkeys((quality, *judged_quality(ledger))):
        if metric not in said:
            texts = {row.recipe_id: quality_text(absolute(ledger, row.recipe_id, metric), metric) for row in rows}
            yield Column(metric or "quality", texts)
    if is_text:
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
    )


def quality_metric(ledger: Ledger) -> str | None:
    """The first that a gate judges, else the first one that was measured."""
    measured = (metric for metric in QUALITY if is_measured(ledger, metric))
    return next(iter((*judged_quality(ledger), *measured)), None)


def judged_quality(ledger: Ledger) -> list[str]:
    judged = dict.fromkeys(verdict.gate.metric for verdict in ledger.verdicts)
    return [metric for metric in judged if metric in QUALITY and is_measured(ledger, metric)]


def is_measured(ledger: Ledger, metric: str) -> bool:
    return any(found.metric == metric for found in ledger.measurements)


def measurement(ledger: Ledger, recipe_id: str, metric: str | None) -> Measurement | None:
    return next(
        (found for found in ledger.measurements if (found.candidate, found.metric) == (recipe_id, metric)), None
    )


def as_baseline(ledger: Ledger, recipe_id: str, metric: str | None) -> Measurement | None:
    """A measurement that has this candidate for its baseline."""
    return next((found for found in ledger.measurements if (found.baseline, found.metric) == (recipe_id, metric)), None)


def absolute(ledger: Ledger, recipe_id: str, metric: str | None) -> float | None:
    """The candidate's value; a baseline that was not measured on its own has the one others were measured against."""
    own = measurement(ledger, recipe_id, metric)
    if own is not None:
        return estimate(own) if is_labelled(own, own.samples) else None
    shared = as_baseline(ledger, recipe_id, metric)
    return reference_estimate(shared) if shared and is_labelled(shared, shared.reference) else None


def is_labelled(found: Measurement, samples: tuple[float, ...]) -> bool:
    """Class metrics mean nothing without a label for every item."""
    if METRICS[found.metric].kind != "class":
        return True
    return len(samples) == len(found.reference if found.metric == "agreement" else found.labels)


def relative(ledger: Ledger, recipe_id: str, metric: str | None) -> float | None:
    """Candidate / baseline: the median over the pairs, as drift between launches moves both halves of a pair."""
    if recipe_id in ledger.baselines:
        return None if absolute(ledger, recipe_id, metric) is None else 1.0
    own = measurement(ledger, recipe_id, metric)
    if own is None or not own.samples or not own.reference:
        return None
    if not all(math.isfinite(sample) for sample in own.samples + own.reference):
        return math.nan
    if len(own.samples) != len(own.reference) or min(own.reference) <= 0:
        measured, baseline = estimate(own), reference_estimate(own)
        return measured / baseline if measured is not None and baseline else None
    return statistics.median(measured / baseline for measured, baseline in zip(own.samples, own.reference, strict=True))


def perplexity_text(ledger: Ledger, recipe_id: str) -> str:
    """e to the mean cross-entropy, and its standard error over the windows of running text (the delta method)."""
    samples = own_samples(ledger, recipe_id, "cross_entropy")
    if not samples:
        return "n/a"
    perplexity = math.exp(statistics.fmean(samples))
    error = perplexity * statistics.stdev(samples) / math.sqrt(len(samples)) if len(samples) > 1 else math.nan
    return f"{perplexity:.2f} ±{error:.2f}"


def own_samples(ledger: Ledger, recipe_id: str, metric: str) -> tuple[float, ...]:
    """The candidate's samples; a mere baseline's are those that others were measured against."""
    own, shared = measurement(ledger, recipe_id, metric), as_baseline(ledger, recipe_id, metric)
    return own.samples if own else shared.reference if shared else ()


def metric_text(metric: str, pattern: str) -> Callable[[Ledger, str], str]:
    return lambda ledger, recipe_id: formatted(absolute(ledger, recipe_id, metric), pattern)


TEXT_COLUMNS: dict[str, Callable[[Ledger, str], str]] = {
    "perplexity": perplexity_text,
    "KL": metric_text("kl_divergence", "{:.4f}"),
    "same top": lambda ledger, recipe_id: quality_text(absolute(ledger, recipe_id, "same_top"), "same_top"),
    "TTFT": metric_text("ttft_wall", "{:.0f} ms"),
    "tokens/s": metric_text("decode_speed", "{:.1f}"),
}
"""Of a language model: against the baseline's next-token probabilities, and what its reader waits for (wall time)."""
FOR_PAGES = ("same top",)


def formatted(value: float | None, pattern: str) -> str:
    return "n/a" if value is None else "NaN" if math.isnan(value) else pattern.format(value)


def quality_text(value: float | None, metric: str | None) -> str:
    is_share = metric in METRICS and METRICS[metric].unit == "share"
    return formatted(value, "{:.1%}").replace("%", " %") if is_share else formatted(value, "{:.4g}")


def speed_up_text(row: CandidateRow) -> str:
    return formatted(row.speed_up, "{:.2f}x")


def megabytes_text(value: float | None) -> str:
    return formatted(value, "{:.2f} MB" if value is not None and value < 10 else "{:.1f} MB")


def memory_change_text(row: CandidateRow) -> str:
    """How much less peak memory than the baseline, in words that need no sign convention."""
    ratio = row.memory_ratio
    if ratio is None or math.isnan(ratio):
        return formatted(ratio, "")
    if row.is_baseline or abs(ratio - 1) < 0.0005:
        return "same"
    return f"{abs(1 - ratio) * 100:.0f} % {'less' if ratio < 1 else 'more'}"


def conditions_text(ledger: Ledger) -> list[str]:
    """How each metric was measured: samples and conditions, as ranges over the candidates."""
    return [
        "; ".join([f"{metric}: {sample_text(found)}", *condition_ranges(found)])
        for metric in dict.fromkeys(found.metric for found in ledger.measurements)
        if (found := [each for each in ledger.measurements if each.metric == metric])
    ]


def sample_text(found: list[Measurement]) -> str:
    paired = "paired " if all(each.reference for each in found) else ""
    return f"{spread([len(each.samples) for each in found])} {paired}samples a candidate"


def condition_ranges(found: list[Measurement]) -> list[str]:
    values: dict[str, list[object]] = {}
    for each in found:
        for name, value in each.conditions.model_dump().items():
            if name not in NOT_FOR_PEOPLE:
                values.setdefault(name, []).append(words(value))
    return [f"{name} {spread(given)}" for name, given in values.items()]


def words(value: object) -> object:
    """A mapping as a list of its entries; anything else as it is."""
    if isinstance(value, dict):
        return " ".join(f"{name}={entry}" for name, entry in value.items())
    return value


def spread(values: list[int] | list[object]) -> str:
    """One value, the range of numbers, or every different text."""
    numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    if len(numbers) == len(values) and min(numbers) != max(numbers):
        return f"{min(numbers):.4g} to {max(numbers):.4g}"
    texts = [f"{value:.4g}" if isinstance(value, float) else str(value) for value in values]
    return ", ".join(dict.fromkeys(texts))
