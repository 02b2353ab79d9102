"""Microsoft Olive: its passes and its search over them, for ONNX models; what they make runs in ONNX Runtime.

Every method is an Olive run configuration. Olive ends well whatever happened, so nothing it returns is believed: a
candidate is what came out of every pass by its footprint, and what is quantized by the file itself. Olive's evaluators
are not used, except where its search must have one; edgeci measures.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from edgeci.backends.olive.workflow import Outcome, Passes, execute
from edgeci.backends.onnxruntime import backend as onnxruntime
from edgeci.backends.onnxruntime.conversion import as_is, ready
from edgeci.backends.onnxruntime.quantization import (
    MATRIX_OPERATORS,
    STATIC_OPERATORS,
    chosen_operators,
    refuse_unquantized,
)
from edgeci.backends.onnxruntime.session import OnnxSession
from edgeci.backends.options import checked, flag, one_of, whole
from edgeci.errors import BackendFailed, ConfigError
from edgeci.evaluation.samples import Samples
from edgeci.types import Assessment, Format, Made, Recipe, Target

REQUIRES = ("olive", "onnxruntime", "onnx", "torch", "requests")
INSTALL_FIRST = ("torch==2.13.0",)
"""The CPU build, before anything asks for torch and gets gigabytes of CUDA."""
KEEPS_WORKER = True
"""Importing Olive takes longer than most of its passes: recipes of one run may share a worker."""
LOSSLESS = frozenset({"as-is"})
RUNS: Format = "onnx"

Options = dict[str, Any]
CALIBRATIONS = {"minmax": "MinMax", "entropy": "Entropy", "percentile": "Percentile"}
QUANTIZING = {"operators": chosen_operators, "per_channel": flag, "reduce_range": flag}
RUN_KEYS = ("passes", "data_configs", "evaluators", "evaluator", "search_strategy")
"""What a run configuration of one's own may decide; models, folders and machines are edgeci's."""
TRANSFORMER_OPERATORS = {"MatMul", "Softmax"}
FUSED = {"Attention", "MultiHeadAttention", "BiasGelu", "FastGelu", "Gelu", "EmbedLayerNormalization",
         "SkipLayerNormalization", "LayerNormalization"}  # fmt: skip


def text(value: Any) -> str:
    if isinstance(value, str) and value:
        return value
    raise ValueError("is a name")


def positive(value: Any) -> int:
    if whole(value) > 0:
        return int(value)
    raise ValueError("is 1 or more")


def mapping(value: Any) -> dict[str, Any]:
    if isinstance(value, dict) and value:
        return value
    raise ValueError("is a mapping with something in it")


def anything(value: Any) -> Any:
    return value


METHODS: Mapping[str, Mapping[str, Callable[[Any], Any]]] = {
    "as-is": {},
    "int8-dynamic": QUANTIZING,
    "int8-static": {**QUANTIZING, "calibration": one_of(*CALIBRATIONS)},
    "transformers": {
        **QUANTIZING,
        "model_type": text,
        "num_heads": positive,
        "hidden_size": positive,
        "quantization": one_of("dynamic", "static", "none"),
    },
    "search": {
        "operators": chosen_operators,
        "quantization": one_of("static", "dynamic"),
        "samples": positive,
        "seed": whole,
    },
    "config": dict.fromkeys(RUN_KEYS, anything) | {"passes": mapping},
}


def propose(assessment: Assessment, target: Target) -> Iterator[Recipe]:
    """As it is; int8, fused where it looks like a transformer, and a search where there is something to quantize."""
    if assessment.model.format != "onnx":
        return
    operators = assessment.operators.keys()
    yield Recipe(backend="olive", method="as-is")
    if {"already-quantized", "half-precision"} & {concern.code for concern in assessment.concerns}:
        return
    if operators & set(STATIC_OPERATORS):
        yield Recipe(backend="olive", method="int8-static")
    if operators & set(MATRIX_OPERATORS):
        yield Recipe(backend="olive", method="int8-dynamic")
    if operators >= TRANSFORMER_OPERATORS and "Conv" not in operators:
        yield Recipe(backend="olive", method="transformers")
    if operators & set(STATIC_OPERATORS):
        yield Recipe(backend="olive", method="search")


def optimize(model: Path, recipe: Recipe, samples: Samples | None, output: Path) -> Made:
    """Write the candidate as `model.onnx`, and its external data, in `output`.

    Raises:
        ConfigError: unknown method, option, pass or parameter of a pass, or calibration data are missing.
        BackendFailed: a pass failed or did nothing, with what Olive said.
    """
    options = checked(recipe, METHODS)
    if recipe.method == "as-is":
        return Made(main="model.onnx", notes=tuple(as_is(model, {}, None, output / "model.onnx")))
    if samples is None and needs_samples(recipe.method, options):
        raise ConfigError(f"olive {recipe.method} needs calibration data; set data.calibration in edgeci.yaml")
    with tempfile.TemporaryDirectory(prefix="edgeci-olive-") as name:
        scratch = Path(name)
        source = ready(model, scratch).resolve()
        outcome = execute(source, run_config(recipe.method, options), samples, scratch)
        refuse_idle(recipe.method, outcome)
        ship(outcome.model, output)
    return Made(main="model.onnx", notes=outcome.notes)


def needs_samples(method: str, options: Options) -> bool:
    if method == "config":
        return "calibration" in repr(options)
    return method in ("int8-static", "search") or options.get("quantization") == "static"


def run_config(method: str, options: Options) -> Options:
    """What Olive is asked to do, without the model and the folders."""
    makers: dict[str, Callable[[Options], Options]] = {
        "int8-dynamic": lambda options: {"passes": {"quantize": dynamic(options)}},
        "int8-static": lambda options: {"passes": {"quantize": static(options)}},
        "transformers": transformers,
        "search": search,
        "config": dict,
    }
    return makers[method](options)


def dynamic(options: Options) -> Options:
    """Weights int8, activations quantized per inference; matrix products only, unless told otherwise."""
    return {
        "type": "OnnxDynamicQuantization",
        "precision": "int8",
        "op_types_to_quantize": options.get("operators", list(MATRIX_OPERATORS)),
        "per_channel": options.get("per_channel", False),
        "reduce_range": options.get("reduce_range", False),
    }


def static(options: Options) -> Options:
    """QDQ with ranges from calibration data, per channel; the operators that ONNX Runtime quantizes well."""
    return {
        "type": "OnnxStaticQuantization",
        "data_config": "calibration",
        "precision": "int8",
        "activation_type": "uint8",
        "quant_format": "QDQ",
        "op_types_to_quantize": options.get("operators", list(STATIC_OPERATORS)),
        "per_channel": options.get("per_channel", True),
        "reduce_range": options.get("reduce_range", False),
        "calibrate_method": CALIBRATIONS[options.get("calibration", "minmax")],
    }


def transformers(options: Options) -> Options:
    """ONNX Runtime's transformer fusions, then quantization (dynamic unless told otherwise).

    Without num_heads and hidden_size the optimizer finds them in the graph, or leaves attention as it is.
    """
    passes: Passes = {
        "fuse": {
            "type": "OrtTransformersOptimization",
            "model_type": options.get("model_type", "bert"),
            "num_heads": options.get("num_heads", 0),
            "hidden_size": options.get("hidden_size", 0),
            "opt_level": 0,  # what its sessions optimize besides belongs to the machine that loads it
        }
    }
    match options.get("quantization", "dynamic"):
        case "dynamic":
            passes["quantize"] = dynamic({"operators": [*MATRIX_OPERATORS, "Attention"], **options})
        case "static":
            passes["quantize"] = static(options)
    return {"passes": passes}


def search(options: Options) -> Options:
    """Olive's TPE sampler over what quantization leaves open, for the answers closest to the source's.

    Olive does not search without an evaluator. Its latency would be noise, so the one it gets is the agreement on the
    calibration data: the same seed and items, the same candidate.
    """
    if options.get("quantization", "static") == "static":
        quantize = static(options) | {
            "calibrate_method": any_of(*CALIBRATIONS.values()),
            "activation_type": any_of("uint8", "int8"),
        }
    else:
        quantize = dynamic(options) | {"precision": any_of("int8", "uint8")}
    quantize |= {"per_channel": any_of(True, False), "reduce_range": any_of(True, False), "quant_preprocess": True}
    return {
        "passes": {"quantize": quantize},
        "search_strategy": {
            "execution_order": "joint",
            "sampler": "tpe",
            "sampler_config": {"max_samples": options.get("samples", 6), "seed": options.get("seed", 0)},
        },
        "evaluator": "agreement",
    }


def any_of(*values: Any) -> Options:
    """A parameter for Olive to choose."""
    return {"olive_parameter_type": "SearchParameter", "type": "Categorical", "support": list(values)}


def refuse_idle(method: str, outcome: Outcome) -> None:
    """Passes that find nothing to do return their input, and Olive counts them as done.

    Raises:
        BackendFailed: nothing was fused, nothing quantized, or nothing changed at all.
    """
    import onnx

    before, after = (onnx.load(path, load_external_data=False).graph for path in (outcome.source, outcome.model))
    said = f" ({outcome.said})" if outcome.said else ""
    if method == "transformers" and fused(after) <= fused(before):
        raise BackendFailed(f"nothing was fused: the graph is not what the optimizer looks for{said}")
    if any("quantization" in name.lower() for name in outcome.passes):
        refuse_unquantized(outcome.model)
    elif before == after:
        raise BackendFailed(f"{', '.join(outcome.passes)} changed nothing{said}")


def fused(graph: Any) -> int:
    return sum(node.op_type in FUSED for node in graph.node)


def ship(model: Path, output: Path) -> None:
    """The model under its usual name, with the external data it names."""
    import onnx
    from onnx.external_data_helper import ExternalDataInfo, uses_external_data

    proto = onnx.load(model, load_external_data=False)
    shutil.copyfile(model, output / "model.onnx")
    for name in sorted({ExternalDataInfo(t).location for t in proto.graph.initializer if uses_external_data(t)}):
        (output / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(model.parent / name, output / name)


def load(model: Path, recipe: Recipe, target: Target) -> OnnxSession:
    """Load for inference in ONNX Runtime.

    Raises:
        BackendMissing: as onnxruntime's.
    """
    return onnxruntime.load(model, recipe, target)


profile_operators = onnxruntime.profile_operators
