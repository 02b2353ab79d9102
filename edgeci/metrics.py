"""What can be measured: unit, direction and how a sample becomes a number. Data, not behaviour.

`accuracy`-like metrics keep the raw predictions, so flips, slices and any class metric are derived later from the
same samples; error metrics keep one error per item.
"""

from dataclasses import dataclass
from typing import Literal

Better = Literal["lower", "higher"]
Kind = Literal["timing", "resource", "class", "error"]


@dataclass(frozen=True)
class Metric:
    """A quantity with its direction. `kind` says what one sample is.

    timing: one interleaved block, paired with the baseline's; resource: one process; class: one predicted class per
    item; error: one error per item.
    """

    name: str
    unit: str
    better: Better
    kind: Kind
    description: str


METRICS = {
    metric.name: metric
    for metric in (
        Metric("latency_cpu", "ms", "lower", "timing", "CPU time of one inference, batch 1."),
        Metric("latency_wall", "ms", "lower", "timing", "Wall time of one inference, batch 1."),
        Metric("throughput", "items/s", "higher", "timing", "Items a second at batch 1, from wall time."),
        Metric("load_time", "ms", "lower", "resource", "CPU time to load the model into a fresh process."),
        Metric("peak_memory", "MB", "lower", "resource", "Peak resident memory above the loaded runtime (VmHWM)."),
        Metric("size", "MB", "lower", "resource", "Bytes of every file the candidate ships."),
        Metric("accuracy", "share", "higher", "class", "Share of items whose top class is the label."),
        Metric("balanced_accuracy", "share", "higher", "class", "Mean recall over the classes."),
        Metric("f1_macro", "share", "higher", "class", "Unweighted mean of the per-class F1."),
        Metric("mcc", "coefficient", "higher", "class", "Matthews correlation coefficient."),
        Metric("agreement", "share", "higher", "class", "Share of items with the baseline's class; needs no labels."),
        Metric("mae", "label units", "lower", "error", "Mean absolute error per item."),
        Metric("mse", "label units squared", "lower", "error", "Mean squared error per item."),
    )
}

QUALITY = tuple(metric.name for metric in METRICS.values() if metric.kind in ("class", "error"))
