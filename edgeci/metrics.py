"""What can be measured: unit, direction and how a sample becomes a number. Data, not behaviour.

`accuracy`-like metrics keep the raw predictions, so flips, slices and any class metric are derived later from the
same samples; error metrics keep one error per item, metrics of a whole set what each item adds to it.
"""

from dataclasses import dataclass
from typing import Literal

Better = Literal["lower", "higher"]
Kind = Literal["timing", "resource", "class", "error", "set", "percentile", "event", "series"]
Wants = Literal[
    "class", "scores", "flags", "single", "mask", "sequence", "boxes", "numbers", "anything", "text", "retrieval"
]
"""Of what an item's answer is: one class; a score of each class; of each label whether it holds; one score; a class a
pixel; symbols one after the other; boxes with classes and scores; numbers; whatever a function makes of it; what a
language model makes of a text; what an embedding finds."""


@dataclass(frozen=True)
class Metric:
    """A quantity with its direction. `kind` says what one sample is.

    timing: one interleaved block, paired with the baseline's; resource: one process; class: one predicted class per
    item; error: one number per item, whose mean counts; set: one row per item, and a number of all of them together;
    percentile: one inference, or one request of an open-loop load; event: one
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
    wants: Wants = "numbers"
    """Quality only: the answer it is taken of."""
    at: int = 0
    """Of a metric of the first k, k."""
    is_hit: bool = False
    """Of classes: a sample says whether an item is right (1) or not (0), and its label is 1."""


class Metrics(dict[str, Metric]):
    """By name. `module:function` is a metric of the project's own, whose unit and direction edgeci.yaml says."""

    def __missing__(self, name: str) -> Metric:
        if not is_own(name):
            raise KeyError(name)
        return Metric(name, "", "higher", "error", "", needs_labels=False, wants="anything")

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or is_own(name)


def is_own(name: object) -> bool:
    return isinstance(name, str) and ":" in name


ROWS = (
    Metric("latency_cpu", "ms", "lower", "timing", "CPU time of one inference, batch 1."),
    Metric("latency_wall", "ms", "lower", "timing", "Wall time of one inference, batch 1."),
    Metric("throughput", "items/s", "higher", "timing", "Items a second at batch 1, from wall time."),
    Metric("latency_p50", "ms", "lower", "percentile", "Median wall time of one inference.", 0.5),
    Metric("latency_p95", "ms", "lower", "percentile", "95th percentile of the wall time of one inference.", 0.95),
    Metric("latency_p99", "ms", "lower", "percentile", "99th percentile of the wall time of one inference.", 0.99),
    Metric("load_time", "ms", "lower", "resource", "CPU time to load the model into a fresh process."),
    Metric("peak_memory", "MB", "lower", "resource", "Peak resident memory above the loaded runtime (VmHWM)."),
    Metric("size", "MB", "lower", "resource", "Bytes of every file the candidate ships."),
    Metric("accuracy", "share", "higher", "class", "Share of items whose top class is the label.", wants="class"),
    Metric("balanced_accuracy", "share", "higher", "class", "Mean recall over the classes.", wants="class"),
    Metric("f1_macro", "share", "higher", "class", "Unweighted mean of the per-class F1.", wants="class"),
    Metric("mcc", "coefficient", "higher", "class", "Matthews correlation coefficient.", wants="class"),
    *(
        Metric(
            f"top{k}_accuracy",
            "share",
            "higher",
            "class",
            f"Share of items whose label is among the {k} highest scores.",
            wants="scores",
            at=k,
            is_hit=True,
        )
        for k in (2, 3, 5, 10)
    ),
    Metric(
        "roc_auc",
        "share",
        "higher",
        "set",
        "Area under the ROC curve of one score (or of class 1 of two) against labels 0 and 1.",
        wants="single",
    ),
    Metric(
        "multilabel_f1_macro",
        "share",
        "higher",
        "set",
        "Mean over the labels of their F1, where any number of labels may hold of an item.",
        wants="flags",
    ),
    Metric("multilabel_f1_micro", "share", "higher", "set", "F1 over all labels of all items together.", wants="flags"),
    Metric(
        "multilabel_exact",
        "share",
        "higher",
        "class",
        "Share of items of which every label is right.",
        wants="flags",
        is_hit=True,
    ),
    Metric(
        "mean_iou",
        "share",
        "higher",
        "set",
        "Mean over the classes of intersection / union of their pixels in all items; 255 in a label is not judged.",
        wants="mask",
    ),
    Metric(
        "map_50", "share", "higher", "set", "Mean average precision of boxes at IoU 0.5, as of COCO.", wants="boxes"
    ),
    Metric(
        "map_50_95",
        "share",
        "higher",
        "set",
        "Mean average precision of boxes over IoU 0.5, 0.55 ... 0.95, as of COCO.",
        wants="boxes",
    ),
    Metric(
        "cer",
        "share",
        "lower",
        "set",
        "Character (or symbol) error rate: edits of all items / length of all labels.",
        wants="sequence",
    ),
    Metric("wer", "share", "lower", "set", "Word error rate: edited words / words of all labels.", wants="sequence"),
    Metric(
        "sequence_exact",
        "share",
        "higher",
        "class",
        "Share of items whose whole sequence is right.",
        wants="sequence",
        is_hit=True,
    ),
    Metric(
        "agreement",
        "share",
        "higher",
        "class",
        "Share of items with the baseline's class; needs no labels.",
        needs_labels=False,
        wants="class",
    ),
    Metric("mae", "label units", "lower", "error", "Mean absolute error per item."),
    Metric("mse", "label units squared", "lower", "error", "Mean squared error per item."),
    Metric("rmse", "label units", "lower", "set", "Root of the mean squared error over all items."),
    Metric("r2", "coefficient", "higher", "set", "Coefficient of determination, the mean over what is predicted."),
    Metric(
        "kl_divergence",
        "nats",
        "lower",
        "error",
        "Mean over the items of KL(baseline || candidate) of the class scores; needs no labels.",
        needs_labels=False,
        is_comparison=True,
        wants="scores",
    ),
    Metric(
        "cosine_distance",
        "distance",
        "lower",
        "error",
        "Mean over the items of 1 - cosine similarity with the baseline's output, for embeddings; needs no labels.",
        needs_labels=False,
        is_comparison=True,
        wants="scores",
    ),
    *(
        Metric(
            f"recall_at_{k}",
            "share",
            "higher",
            "class",
            f"Share of queries whose passage is among the {k} nearest; at 1 it is accuracy. Embedding models only.",
            wants="retrieval",
            at=k,
            is_hit=True,
        )
        for k in (5, 10)
    ),
    Metric(
        "cross_entropy",
        "nats/token",
        "lower",
        "error",
        "Mean negative log-probability of the next token; e to this power is the perplexity. Language models only.",
        needs_labels=False,
        wants="text",
    ),
    Metric(
        "same_top",
        "share",
        "higher",
        "error",
        "Share of the tokens at which the likeliest next token is the baseline's. Language models only.",
        needs_labels=False,
        is_comparison=True,
        wants="text",
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
METRICS = Metrics({metric.name: metric for metric in ROWS})

STEADY_TIMINGS = ("latency_cpu", "latency_wall", "throughput")
"""Of whole requests, whatever the kind of model."""
TEXT_METRICS = ("cross_entropy", "kl_divergence", "same_top")
"""What one pass over running text gives; `kl_divergence` there is of the next token."""
PART_TIMINGS = ("ttft_cpu", "ttft_wall", "tpot_cpu", "tpot_wall", "prompt_speed", "decode_speed")
"""Of the parts of a request, where it has any: of language models."""
OUTPUT_COMPARISONS = ("kl_divergence", "cosine_distance")
"""Of tensor models: they need the whole outputs of both sides."""
QUALITY_KINDS: tuple[Kind, ...] = ("class", "error", "set")
QUALITY = tuple(metric.name for metric in METRICS.values() if metric.kind in QUALITY_KINDS)


def is_quality(name: str) -> bool:
    return name in METRICS and METRICS[name].kind in QUALITY_KINDS


LOAD = ("load_p50", "load_p95", "load_p99", "load_errors")
SOAK = tuple(metric.name for metric in METRICS.values() if metric.kind == "series")
