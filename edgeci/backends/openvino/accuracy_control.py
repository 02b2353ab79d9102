"""NNCF's accuracy control: what costs most goes back to float32, until a metric drops by no more than is allowed.

NNCF returns its best try also where that missed the goal, and says so only in its log; so it is measured again. It
knows no time: whoever has none left tells it that all is well, and it ends with what it has.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from edgeci.backends.openvino.composition import quantization_notes
from edgeci.backends.openvino.compression import calibration, quantization
from edgeci.backends.openvino.intermediate_representation import Model, Product
from edgeci.backends.options import Values
from edgeci.deadline import seconds_left
from edgeci.errors import BackendFailed, ConfigError
from edgeci.evaluation.arrays import Array
from edgeci.evaluation.measures import take
from edgeci.evaluation.samples import Samples
from edgeci.metrics import METRICS
from edgeci.types import Items

SPARE = 0.3
"""Of the time until somebody stops waiting: NNCF still compiles each operation's model when its time is up."""
ROUNDING = 1e-9
MOST_RANKED = 300
"""NNCF's own default."""
RANKED = frozenset({"Convolution", "GroupConvolution", "MatMul", "Add", "Multiply"})
"""Operations that NNCF quantizes, and ranks, in most models."""


@dataclass(frozen=True)
class Judge:
    """A metric on labelled items. NNCF assumes that higher is better, so errors are negative."""

    metric: str
    samples: Samples
    labels: Array

    def __call__(self, compiled: Model, indices: Iterable[int]) -> tuple[float, list[float]]:
        """The mean, and each item's value."""
        values = [self.value(compiled(self.samples.feeds(index))[self.samples.place], index) for index in indices]
        return float(np.mean(values)), values

    def value(self, output: Array, index: int) -> float:
        asked = Items(source=self.samples.source, folder="")
        value = take(METRICS[self.metric], [output], self.labels[index], self.samples, asked).sample
        return float(value == self.labels[index].item()) if self.metric == "accuracy" else -value

    def of(self, model: Model) -> tuple[float, list[float]]:
        """The mean of all items, computed in float32, and each item's value."""
        import openvino

        compiled = openvino.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
        return self(compiled, range(len(self.samples)))


@dataclass
class Impatient:
    """A judge who finds everything as good as the source once the time is up."""

    judge: Judge
    source: list[float]
    """Each item's value."""
    seconds: float
    started: float = field(default_factory=time.monotonic)
    whole: list[float] = field(default_factory=list)
    """Of all items, as far as they were looked at: the source first, then everything in int8."""

    @property
    def passed(self) -> float:
        return time.monotonic() - self.started

    @property
    def is_over(self) -> bool:
        return self.passed >= self.seconds

    def __call__(self, compiled: Model, indices: Iterable[int]) -> tuple[float, list[float]]:
        places = list(indices)
        if self.is_over:
            values = [self.source[place] for place in places]
            return float(np.mean(values)), values
        mean, values = self.judge(compiled, places)
        if len(places) == len(self.source):
            self.whole.append(mean)
        return mean, values

    def is_better(self, metric: float) -> bool:
        """Than everything in int8."""
        return len(self.whole) > 1 and metric > self.whole[1]


def int8_accuracy_control(model: Model, options: Values, samples: Samples | None) -> Product:
    """
    Raises:
        ConfigError: there are no calibration items, or they have no labels.
        BackendFailed: the metric drops by more than is allowed though there was time, or nothing is int8.
    """
    judge = judge_of(options["metric"], calibration(samples))
    started = time.monotonic()
    before, values = judge.of(model)
    looking, max_drop = time.monotonic() - started, options["max_drop"]
    allowed = max_drop if judge.metric == "accuracy" else max_drop * abs(before)
    seconds = min(options["seconds"], (1 - SPARE) * seconds_left())
    impatient = Impatient(judge, values, seconds, started)
    shown = ranked_by(model, looking / len(values), seconds)
    controlled = restored(model, impatient, allowed, shown, quantization(options, judge.samples))
    after, _ = judge.of(controlled)
    summary = f"{judge.metric} {abs(before):.4g} -> {abs(after):.4g} on {len(judge.samples)} calibration items"
    notes = [] if before - after <= allowed + ROUNDING else [missed(impatient, after, summary, max_drop)]
    return controlled, [*(notes or [summary]), *quantization_notes(controlled)]


def missed(impatient: Impatient, after: float, summary: str, max_drop: float) -> str:
    """Of the best so far when the time was up; NaN is no best.

    Raises:
        BackendFailed: there was time enough, or what came is no better than int8-ptq.
    """
    if not impatient.is_over:
        raise BackendFailed(f"accuracy control did not reach its goal: {summary}, max_drop {max_drop:g}")
    if not impatient.is_better(after):
        raise BackendFailed(
            f"accuracy control found nothing better than int8-ptq in {impatient.seconds:.0f} s: {summary}, max_drop "
            f"{max_drop:g}; raise `seconds` and limits.timeout_seconds, or take fewer calibration items"
        )
    return (
        f"{summary}, max_drop {max_drop:g}: the time of {impatient.seconds:.0f} s was up, and this is the best so far; "
        "raise `seconds`, or limits.timeout_seconds"
    )


def ranked_by(model: Model, seconds_an_item: float, seconds: float) -> int:
    """Items by which each operation is ranked, so that ranking leaves half of the time for the steps."""
    operations = sum(operation.get_type_name() in RANKED for operation in model.get_ops())
    affordable = seconds / 2 / (max(1, operations) * max(seconds_an_item, 1e-9))
    return int(min(MOST_RANKED, max(1, affordable)))


def judge_of(metric: str | None, items: Samples) -> Judge:
    """By the metric that is asked for, or that fits the labels.

    Raises:
        ConfigError: there are none.
    """
    if (labels := items.labels) is None:
        raise ConfigError("int8-accuracy-control needs labels in the calibration data; add them, or use int8-ptq")
    are_classes = labels.dtype.kind in "iub" and labels.size == len(items)
    return Judge(metric or ("accuracy" if are_classes else "mse"), items, labels)


def restored(model: Model, judge: Impatient, allowed: float, ranked: int, arguments: Values) -> Model:
    """NNCF's best try."""
    import nncf

    validate: Callable[[Model, Iterable[int]], tuple[float, list[float]]] = judge.__call__
    return nncf.quantize_with_accuracy_control(
        model,
        calibration_dataset=nncf.Dataset(judge.judge.samples),
        validation_dataset=nncf.Dataset(range(len(judge.source))),
        validation_fn=validate,
        max_drop=allowed,
        advanced_accuracy_restorer_parameters=nncf.AdvancedAccuracyRestorerParameters(
            num_ranking_workers=1, ranking_subset_size=ranked
        ),
        **arguments,
    )
