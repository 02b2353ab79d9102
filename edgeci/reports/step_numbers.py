"""The numbers of a stage and what changed since the stage before it."""

import math
from dataclasses import dataclass

from edgeci.metrics import METRICS
from edgeci.reports.ledger import Ledger
from edgeci.reports.number_text import formatted, megabytes_text, quality_text
from edgeci.reports.values import absolute, relative
from edgeci.types import Candidate


@dataclass(frozen=True)
class Numbers:
    """What was measured of one candidate; None where it was not."""

    quality: float | None = None
    speed_ms: float | None = None
    speed_ratio: float | None = None
    """Time against the baseline of the same rounds."""
    size_mb: float | None = None
    memory_mb: float | None = None
    memory_ratio: float | None = None


def numbers_of(ledger: Ledger, candidate: Candidate, quality: str | None, speed: str | None) -> Numbers:
    name = candidate.recipe.id
    return Numbers(
        quality=absolute(ledger, name, quality),
        speed_ms=absolute(ledger, name, speed),
        speed_ratio=relative(ledger, name, speed),
        size_mb=candidate.size_bytes / 1e6,
        memory_mb=absolute(ledger, name, "peak_memory"),
        memory_ratio=relative(ledger, name, "peak_memory"),
    )


def texts(now: Numbers, before: Numbers | None, quality: str | None) -> tuple[str, str, str, str]:
    """Each number with its change; without something before it, the number alone."""
    alone = (
        quality_text(now.quality, quality),
        formatted(now.speed_ms, "{:.4g} ms"),
        megabytes_text(now.size_mb),
        megabytes_text(now.memory_mb),
    )
    if before is None:
        return alone
    changes = (
        quality_change(now.quality, before.quality, quality),
        speed_change(quotient(now.speed_ratio, before.speed_ratio)),
        amount_change(quotient(now.size_mb, before.size_mb)),
        amount_change(quotient(now.memory_ratio, before.memory_ratio)),
    )
    a, b, c, d = (f"{number} ({change})" if change else number for number, change in zip(alone, changes, strict=True))
    return a, b, c, d


def quotient(now: float | None, before: float | None) -> float | None:
    return None if now is None or not before else now / before


def quality_change(now: float | None, before: float | None, metric: str | None) -> str:
    if now is None or before is None or math.isnan(now - before):
        return ""
    if metric is not None and metric in METRICS and METRICS[metric].unit == "share":
        points = (now - before) * 100
        return "same" if abs(points) < 0.05 else f"{points:+.1f} points"
    return "same" if now == before else f"{now - before:+.3g}"


def speed_change(ratio: float | None) -> str:
    """Of a time against another."""
    if not ratio or math.isnan(ratio):
        return ""
    factor, word = (1 / ratio, "faster") if ratio < 1 else (ratio, "slower")
    return "same" if factor < 1.005 else f"{factor:.2f}x {word}"


def amount_change(ratio: float | None) -> str:
    if ratio is None or math.isnan(ratio):
        return ""
    return "same" if abs(ratio - 1) < 0.005 else f"{abs(1 - ratio) * 100:.0f} % {'less' if ratio < 1 else 'more'}"
