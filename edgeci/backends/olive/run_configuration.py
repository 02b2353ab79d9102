"""Every method as an Olive run configuration, without the model and the folders."""

from collections.abc import Callable, Mapping

from edgeci.backends.onnxruntime.methods import CALIBRATION, MATRIX_OPERATORS, STATIC_OPERATORS
from edgeci.backends.onnxruntime.quantization import CALIBRATIONS, chosen_operators
from edgeci.backends.options import Values


def run_config(method: str, options: Values) -> Values:
    """What Olive is asked to do."""
    return MAKERS[method](options)


def needs_samples(method: str, options: Values) -> bool:
    if method == "config":
        return "calibration" in repr(options)
    return method in ("int8-static", "search") or options.get("quantization") == "static"


def dynamic(options: Values) -> Values:
    """Weights int8, activations quantized per inference; matrix products only, unless told otherwise."""
    return {
        "type": "OnnxDynamicQuantization",
        "precision": "int8",
        "op_types_to_quantize": chosen_operators(options["operators"]),
        "per_channel": options["per_channel"],
        "reduce_range": options["reduce_range"],
    }


def static(options: Values) -> Values:
    """QDQ with ranges from calibration data, per channel; the operators that ONNX Runtime quantizes well."""
    return {
        "type": "OnnxStaticQuantization",
        "data_config": "calibration",
        "precision": "int8",
        "activation_type": "uint8",
        "quant_format": "QDQ",
        "op_types_to_quantize": chosen_operators(options["operators"]),
        "per_channel": options["per_channel"],
        "reduce_range": options["reduce_range"],
        "calibrate_method": CALIBRATIONS[options["calibration"]],
    }


def transformers(options: Values) -> Values:
    """ONNX Runtime's transformer fusions, then quantization.

    Without num_heads and hidden_size the optimizer finds them in the graph, or leaves attention as it is.
    """
    passes: Values = {
        "fuse": {
            "type": "OrtTransformersOptimization",
            "model_type": options["model_type"],
            "num_heads": options["num_heads"] or 0,
            "hidden_size": options["hidden_size"] or 0,
            "opt_level": 0,  # what its sessions optimize besides belongs to the machine that loads it
        }
    }
    match options["quantization"]:
        case "dynamic":
            usual = {"operators": [*MATRIX_OPERATORS, "Attention"], "per_channel": False}
            passes["quantize"] = dynamic(filled(options, usual))
        case "static":
            usual = {"operators": list(STATIC_OPERATORS), "per_channel": True}
            passes["quantize"] = static(filled(options, usual))
    return {"passes": passes}


def search(options: Values) -> Values:
    """Olive's TPE sampler over what quantization leaves open, for the answers closest to the source's.

    Olive does not search without an evaluator. Its latency would be noise, so the one it gets is the agreement on the
    calibration data: the same seed and items, the same candidate.
    """
    return {
        "passes": {"quantize": searched(options)},
        "search_strategy": {
            "execution_order": "joint",
            "sampler": "tpe",
            "sampler_config": {"max_samples": options["samples"], "seed": options["seed"]},
        },
        "evaluator": "agreement",
    }


def searched(options: Values) -> Values:
    """A quantization pass whose parameters are open."""
    is_open = {"per_channel": any_of(True, False), "reduce_range": any_of(True, False)}
    if options["quantization"] == "static":
        asked = filled(options, {"operators": list(STATIC_OPERATORS)})
        quantize = static({**asked, **is_open, "calibration": CALIBRATION.default}) | {
            "calibrate_method": any_of(*CALIBRATIONS.values()),
            "activation_type": any_of("uint8", "int8"),
        }
    else:
        quantize = dynamic(filled({**options, **is_open}, {"operators": list(MATRIX_OPERATORS)}))
        quantize["precision"] = any_of("int8", "uint8")
    return {**quantize, "quant_preprocess": True}


def any_of(*values: object) -> Values:
    """A parameter for Olive to choose."""
    return {"olive_parameter_type": "SearchParameter", "type": "Categorical", "support": list(values)}


def filled(options: Values, usual: Values) -> Values:
    """With what is usual where nothing is asked for."""
    return {**options, **{name: value for name, value in usual.items() if options[name] is None}}


MAKERS: Mapping[str, Callable[[Values], Values]] = {
    "int8-dynamic": lambda options: {"passes": {"quantize": dynamic(options)}},
    "int8-static": lambda options: {"passes": {"quantize": static(options)}},
    "transformers": transformers,
    "search": search,
    "config": lambda options: {name: value for name, value in options.items() if value is not None},
}
