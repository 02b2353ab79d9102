"""Numbers as people read them: n/a, never 0, where nothing was measured, and NaN where it is broken."""

import math

from edgeci.metrics import METRICS
from edgeci.reports.rows import CandidateRow


def formatted(value: float | None, pattern: str) -> str:
    return "n/a" if value is None else "NaN" if math.isnan(value) else pattern.format(value)


def quality_text(value: float | None, metric: str | None) -> str:
    is_share = metric is not None and metric in METRICS and METRICS[metric].unit == "share"
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
