"""NNCF's accuracy control: what costs most goes back to float32, until a metric drops by no more than is allowed.

NNCF returns its best try also where that missed the goal, and says so only in its log; so it is measured again.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from edgeci.backends.openvino.composition import quantization_notes
from edgeci.backends.openvino.compression import calibration, quantization
from edgeci.backends.openvino.intermediate_representation import Model, Product
from edgeci.backends.options import Values
from edgeci.errors import BackendFailed, ConfigError
from edgeci.evaluation.arrays import Array
from edgeci.evaluation.measures import take
from edgeci.evaluation.samples import Samples
from edgeci.metrics import METRICS
from edgeci.types import Items


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

    def of(self, model: Model) -> float:
        """The mean of all items, computed in float32."""
        import openvino

        compiled = openvino.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
        return self(compiled, range(len(self.samples)))[0]


def int8_accuracy_control(model: Model, options: Values, samples: Samples | None) -> Product:
    """
    Raises:
        ConfigError: there are no calibration items, or they have no labels.
        BackendFailed: the metric drops by more than is allowed, or nothing is int8.
    """
    judge = judge_of(options["metric"], calibration(samples))
    before, max_drop = judge.of(model), options["max_drop"]
    allowed = max_drop if judge.metric == "accuracy" else max_drop * abs(before)
    controlled = restored(model, judge, allowed, quantization(options, judge.samples))
    after = judge.of(controlled)
    summary = f"{judge.metric} {abs(before):.4g} -> {abs(after):.4g} on {len(judge.samples)} calibration items"
    if not before - after <= allowed + 1e-9:  # NaN must fail too
        raise BackendFailed(f"accuracy control did not reach its goal: {summary}, max_drop {max_drop:g}")
    return controlled, [summary, *quantization_notes(controlled)]


def judge_of(metric: str | None, items: Samples) -> Judge:
    """By the metric that is asked for, or that fits the labels.

    Raises:
        ConfigError: there are none.
    """
    if (labels := items.labels) is None:
        raise ConfigError("int8-accuracy-control needs labels in the calibration data; add them, or use int8-ptq")
    are_classes = labels.dtype.kind in "iub" and labels.size == len(items)
    return Judge(metric or ("accuracy" if are_classes else "mse"), items, labels)


def restored(model: Model, judge: Judge, allowed: float, arguments: Values) -> Model:
    """NNCF's best try."""
    import nncf

    validate: Callable[[Model, Iterable[int]], tuple[float, list[float]]] = judge.__call__
    return nncf.quantize_with_accuracy_control(
        model,
        calibration_dataset=nncf.Dataset(judge.samples),
        validation_dataset=nncf.Dataset(range(len(judge.samples))),
        validation_fn=validate,
        max_drop=allowed,
        advanced_accuracy_restorer_parameters=nncf.AdvancedAccuracyRestorerParameters(num_ranking_workers=1),
        **arguments,
    )
