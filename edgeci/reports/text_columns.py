"""What stands of a language model in a table: quality of its answers, and what a reader of them waits for."""

import math
import statistics
from collections.abc import Callable

from edgeci.reports.ledger import Ledger
from edgeci.reports.number_text import formatted, quality_text
from edgeci.reports.values import absolute, own_samples


def perplexity_text(ledger: Ledger, recipe_id: str) -> str:
    """e to the mean cross-entropy, and its standard error over the windows of running text (the delta method)."""
    samples = own_samples(ledger, recipe_id, "cross_entropy")
    if not samples:
        return "n/a"
    perplexity = math.exp(statistics.fmean(samples))
    error = perplexity * statistics.stdev(samples) / math.sqrt(len(samples)) if len(samples) > 1 else math.nan
    return f"{perplexity:.2f} ±{error:.2f}"


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
