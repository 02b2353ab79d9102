"""NNCF: int8 and int4 for OpenVINO models.

NNCF returns a model also when nothing was quantized, when int4 became int8, and when the accuracy that was asked for
was not reached. So every method below counts or measures what came back before it is believed.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from edgeci.errors import BackendFailed, ConfigError
from edgeci.evaluation.samples import Samples
from edgeci.evaluation.scores import score

INT4 = ("i4", "u4")
INT8 = ("i8", "u8")

Options = dict[str, Any]
Product = tuple[Any, list[str]]
"""An openvino.Model and notes about it."""


def int8_ptq(model: Any, options: Options, samples: Samples | None) -> Product:
    """Weights and activations, ranges from calibration data.

    Options: preset (performance, mixed), model_type (transformer), subset_size (300), fast_bias_correction (true),
    ignored ({names, patterns, types} of operations that stay as they are).
    """
    import nncf

    items = calibration(samples)
    quantized = nncf.quantize(model, nncf.Dataset(items), **quantization(options, items))
    return quantized, quantization_notes(quantized)


def int8_accuracy_control(model: Any, options: Options, samples: Samples | None) -> Product:
    """As int8-ptq, then the operations that cost most go back to float32 until the metric drops by at most max_drop.

    Options: those of int8-ptq; metric (accuracy where labels are classes, else mse; or mae), max_drop (0.01: share of
    items for accuracy, relative for an error).
    """
    import nncf
    import openvino

    items = calibration(samples)
    if (labels := items.labels) is None:
        raise ConfigError("int8-accuracy-control needs labels in the calibration data; add them, or use int8-ptq")
    classes = labels.dtype.kind in "iub" and labels.size == len(items)
    asked: Options = {name: options.pop(name) for name in ("metric", "max_drop") if name in options}
    goal: Options = {"metric": "accuracy" if classes else "mse", "max_drop": 0.01}
    goal |= checked(asked, {"metric": str, "max_drop": float})
    metric, max_drop = goal["metric"], goal["max_drop"]
    if metric not in ("accuracy", "mae", "mse"):
        raise ConfigError(f"int8-accuracy-control has no metric {metric!r}; it has accuracy, mae, mse")

    def quality(compiled: Any, indices: Iterable[int]) -> tuple[float, list[float]]:
        """NNCF assumes higher is better, so errors are negative."""
        values = []
        for index in indices:
            value = score(metric, compiled(items.feeds(index))[0], labels[index])
            values.append(float(value == labels[index].item()) if metric == "accuracy" else -value)
        return float(np.mean(values)), values

    def measured(candidate: Any) -> float:
        compiled = openvino.compile_model(candidate, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
        return quality(compiled, range(len(items)))[0]

    before = measured(model)
    allowed = max_drop if metric == "accuracy" else max_drop * abs(before)
    controlled = nncf.quantize_with_accuracy_control(
        model,
        calibration_dataset=nncf.Dataset(items),
        validation_dataset=nncf.Dataset(range(len(items))),
        validation_fn=quality,
        max_drop=allowed,
        advanced_accuracy_restorer_parameters=nncf.AdvancedAccuracyRestorerParameters(num_ranking_workers=1),
        **quantization(options, items),
    )
    after = measured(controlled)
    summary = f"{metric} {abs(before):.4g} -> {abs(after):.4g} on {len(items)} calibration items"
    if not before - after <= allowed + 1e-9:  # NNCF returns the model all the same; NaN must fail too
        raise BackendFailed(f"accuracy control did not reach its goal: {summary}, max_drop {max_drop:g}")
    return controlled, [summary, *quantization_notes(controlled)]


def quantization(options: Options, samples: Samples) -> Options:
    import nncf

    known = {
        "preset": nncf.QuantizationPreset,
        "model_type": nncf.ModelType,
        "subset_size": int,
        "fast_bias_correction": bool,
        "ignored": lambda scope: nncf.IgnoredScope(**scope),
    }
    arguments = {"subset_size": 300, **checked(options, known)}
    return {**arguments, "subset_size": min(arguments["subset_size"], len(samples))}


def int8_weights(model: Any, options: Options, samples: Samples | None) -> Product:
    """Weights only, per channel. Options: symmetric (false), ignored."""
    import nncf

    arguments = checked(options, {"symmetric": bool, "ignored": lambda scope: nncf.IgnoredScope(**scope)})
    mode = "int8_sym" if arguments.pop("symmetric", False) else "int8_asym"
    compressed = nncf.compress_weights(model, mode=nncf.CompressWeightsMode(mode), **arguments)
    if not any(constants(compressed)[dtype] for dtype in INT8):
        raise BackendFailed("int8 was asked for, but no weight is eligible: nothing was compressed")
    return compressed, []


def int4_weights(model: Any, options: Options, samples: Samples | None) -> Product:
    """Weights of matrix products only, in groups.

    Options: symmetric (true), group_size (64), ratio (1.0), all_layers (false: the last layer and embeddings stay
    int8), scale_estimation (false; needs calibration data), ignored.
    """
    import nncf

    known = {"symmetric": bool, "group_size": int, "ratio": float, "all_layers": bool, "scale_estimation": bool}
    arguments = checked(options, {**known, "ignored": lambda scope: nncf.IgnoredScope(**scope)})
    mode = "int4_sym" if arguments.pop("symmetric", True) else "int4_asym"
    compressed = nncf.compress_weights(
        model,
        mode=nncf.CompressWeightsMode(mode),
        dataset=nncf.Dataset(calibration(samples)) if arguments.get("scale_estimation") else None,
        advanced_parameters=nncf.AdvancedCompressionParameters(
            group_size_fallback_mode=nncf.GroupSizeFallbackMode.ADJUST  # the default fails on 96 or 576 channels
        ),
        **{"group_size": 64, **arguments},
    )
    found = constants(compressed)
    int4, int8 = (sum(found[dtype] for dtype in dtypes) for dtypes in (INT4, INT8))
    if not int4:
        raise BackendFailed(
            "int4 was asked for, but no weight is eligible: convolutions, the last layer, embeddings and channels "
            "that no power of two from 32 divides stay int8 (options all_layers and group_size -1 change that in part)"
        )
    share = int4 / (int4 + int8)
    return compressed, [f"int4 for {share:.0%} of the compressed weights, int8 for the rest"] if int8 else []


def calibration(samples: Samples | None) -> Samples:
    if samples is None:
        raise ConfigError("this recipe needs calibration data; set data.calibration in edgeci.yaml")
    return samples


def checked(options: Options, known: Mapping[str, Callable[[Any], Any]]) -> Options:
    """Options as NNCF takes them; `ignored` becomes its ignored_scope."""
    if unknown := sorted(options.keys() - known.keys()):
        raise ConfigError(f"unknown option {', '.join(unknown)}; known: {', '.join(known) or 'none'}")
    try:
        values = {name: known[name](value) for name, value in options.items()}
    except (TypeError, ValueError) as problem:
        raise ConfigError(f"options {options}: {problem}") from problem
    return {"ignored_scope" if name == "ignored" else name: value for name, value in values.items()}


def constants(model: Any) -> Counter[str]:
    """Elements of constants per type, and how many FakeQuantize operations there are."""
    found: Counter[str] = Counter()
    for operation in model.get_ops():
        if operation.get_type_name() == "Constant":
            found[operation.get_element_type().get_type_name()] += math.prod(operation.shape)
        elif operation.get_type_name() == "FakeQuantize":
            found["FakeQuantize"] += 1
    return found


def quantization_notes(model: Any) -> list[str]:
    """Refuse a model in which nothing was quantized; say so where weights were left out."""
    found = constants(model)
    int8 = sum(found[dtype] for dtype in INT8)
    if not found["FakeQuantize"]:
        raise BackendFailed("int8 was asked for, but nothing was quantized: no operation is eligible or all went back")
    share = int8 / max(1, int8 + found["f32"])
    return [] if share > 0.9 else [f"int8 for {share:.0%} of the constants only"]
