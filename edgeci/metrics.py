"""What can be measured: unit, direction and how a sample becomes a number. Data, not behaviour.

`accuracy`-like metrics keep the raw predictions, so flips, slices and any class metric are derived later from the
same samples; error metrics keep one error per item.
"""

from dataclasses import dataclass
from typing import Literal

Better = Literal["lower", "higher"]
Kind = Literal["timing", "resource", "class", "error", "percentile", "event", "series"]


@dataclass(frozen=True)
class Metric:
    """A quantity with its direction. `kind` says what one sample is.

    timing: one interleaved block, paired with the baseline's; resource: one process; class: one predicted class per
    item; error: one error per item; percentile: one inference, or one request of an open-loop load; event: one
    request, 1 where it happened; series: one moment of a soak, at regular times (`conditions.interval_seconds`).
    """

    name: str
    unit: str
    better: Better
    kind: Kind
    description: str
    quantile: float | None = None
    """Of the samples, for a percentile."""
    needs_labels: bool = True
    """Quality only: whether the items need labels."""
    is_comparison: bool = False
    """Says how far the candidate is from the baseline, which itself scores perfectly."""


METRICS = {
    metric.name: metric
    for metric in (
        Metric("latency_cpu", "ms", "lower", "timing", "CPU time of one inference, batch 1."),
        Metric("latency_wall", "ms", "lower", "timing", "Wall time of one inference, batch 1."),
        Metric("throughput", "items/s", "higher", "timing", "Items a second at batch 1, from wall time."),
        Metric("latency_p50", "ms", "lower", "percentile", "Median wall time of one inference.", 0.5),
        Metric("latency_p95", "ms", "lower", "percentile", "95th percentile of the wall time of one inference.", 0.95),
        Metric("latency_p99", "ms", "lower", "percentile", "99th percentile of the wall time of one inference.", 0.99),
        Metric("load_time", "ms", "lower", "resource", "CPU time to load the model into a fresh process."),
        Metric("peak_memory", "MB", "lower", "resource", "Peak resident memory above the loaded runtime (VmHWM)."),
        Metric("size", "MB", "lower", "resource", "Bytes of every file the candidate ships."),
        Metric("accuracy", "share", "higher", "class", "Share of items whose top class is the label."),
        Metric("balanced_accuracy", "share", "higher", "class", "Mean recall over the classes."),
        Metric("f1_macro", "share", "higher", "class", "Unweighted mean of the per-class F1."),
        Metric("mcc", "coefficient", "higher", "class", "Matthews correlation coefficient."),
        Metric(
            "agreement",
            "share",
            "higher",
            "class",
            "Share of items with the baseline's class; needs no labels.",
            needs_labels=False,
        ),
        Metric("mae", "label units", "lower", "error", "Mean absolute error per item."),
        Metric("mse", "label units squared", "lower", "error", "Mean squared error per item."),
        Metric(
            "kl_divergence",
            "nats",
            "lower",
            "error",
            "Mean over the items of KL(baseline || candidate) of the class scores; needs no labels.",
            needs_labels=False,
            is_comparison=True,
        ),
        Metric(
            "cosine_distance",
            "distance",
            "lower",
            "error",
            "Mean over the items of 1 - cosine similarity with the baseline's output, for embeddings; needs no labels.",
            needs_labels=False,
            is_comparison=True,
        ),
        Metric(
            "cross_entropy",
            "nats/token",
            "lower",
            "error",
            "Mean negative log-probability of the next token; e to this power is the perplexity. Language models only.",
            needs_labels=False,
        ),
        Metric(
            "same_top",
            "share",
            "higher",
            "error",
            "Share of the tokens at which the likeliest next token is the baseline's. Language models only.",
            needs_labels=False,
            is_comparison=True,
        ),
        Metric("ttft_cpu", "ms", "lower", "timing", "CPU time to the first token of an answer (the prompt is read)."),
        Metric("ttft_wall", "ms", "lower", "timing", "Wall time to the first token of an answer."),
        Metric("tpot_cpu", "ms", "lower", "timing", "CPU time per output token after the first."),
        Metric("tpot_wall", "ms", "lower", "timing", "Wall time per output token after the first."),
        Metric("prompt_speed", "tokens/s", "higher", "timing", "Prompt tokens read a second, from wall time."),
        Metric("decode_speed", "tokens/s", "higher", "timing", "Tokens written a second, from wall time."),
        Metric("load_p50", "ms", "lower", "percentile", "Median response time under load, queueing included.", 0.5),
        Metric("load_p95", "ms", "lower", "percentile", "95th percentile of the response time under load.", 0.95),
        Metric("load_p99", "ms", "lower", "percentile", "99th percentile of the response time under load.", 0.99),
        Metric("load_errors", "share", "lower", "event", "Share of the requests under load that fail."),
        Metric("soak_latency", "ms", "lower", "series", "Wall time of one inference at regular times of a soak."),
        Metric("soak_memory", "MB", "lower", "series", "Resident private memory at regular times of a soak."),
        Metric("energy", "J", "lower", "timing", "Energy of one inference, from the machine's own counter."),
    )
}

STEADY_TIMINGS = ("latency_cpu", "latency_wall", "throughput")
"""Of whole requests, whatever the kind of model."""
TEXT_METRICS = ("cross_entropy", "kl_divergence", "same_top")
"""What one pass over running text gives; `kl_divergence` there is of the next token."""
PART_TIMINGS = ("ttft_cpu", "ttft_wall", "tpot_cpu", "tpot_wall", "prompt_speed", "decode_speed")
"""Of the parts of a request, where it has any: of language models."""
OUTPUT_COMPARISONS = ("kl_divergence", "cosine_distance")
"""Of tensor models: they need the whole outputs of both sides."""
QUALITY = tuple(metric.name for metric in METRICS.values() if metric.kind in ("class", "error"))
LOAD = ("load_p50", "load_p95", "load_p99", "load_errors")
SOAK = tuple(metric.name for metric in METRICS.values() if metric.kind == "series")
