"""ONNX Runtime: graph optimization, int8, float16 and int4, and inference for ONNX models.

"The quantizer returned" proves nothing here: it can write a graph that does not load, that fails at the first run, or
that answers garbage. The methods below stay with what was seen to work; the pipeline checks every candidate anyway.
"""

import contextlib
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from edgeci.errors import BackendFailed, BackendMissing, ConfigError
from edgeci.evaluation.samples import Array, Feeds, Samples
from edgeci.types import Assessment, Format, Made, OperatorTime, Recipe, Target

REQUIRES = ("onnxruntime", "onnx")
LOSSLESS = frozenset({"as-is", "graph-optimized"})
RUNS: Format = "onnx"

MATRIX_OPERATORS = ("MatMul", "Gemm")
STATIC_OPERATORS = ("Conv", "MatMul", "Gemm")
"""Quantizing every operator, ONNX Runtime's default, ruins models that are fine with these three."""
QUANTIZED_OPERATORS = frozenset(
    {"QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear", "ConvInteger", "MatMulInteger", "MatMulNBits"}
)
METHODS = {
    "as-is": (),
    "graph-optimized": (),
    "int8-dynamic": ("operators", "per_channel", "reduce_range"),
    "int8-dynamic-all": ("per_channel", "reduce_range"),
    "int8-static": ("operators", "per_channel", "reduce_range", "calibration"),
    "float16": ("op_block_list", "node_block_list", "min_positive_val", "max_finite_val"),
    "int4": ("block_size", "is_symmetric", "accuracy_level", "bits", "nodes_to_exclude"),
}
PORTABLE_OPSET = 17
CONTROL_FLOW = {"Loop", "If", "Scan"}
PROVIDERS = {"cpu": "CPUExecutionProvider", "gpu": "CUDAExecutionProvider", "npu": "QNNExecutionProvider"}


def propose(assessment: Assessment, target: Target) -> Iterator[Recipe]:
    """As it is; int8 and int4 where there is something to quantize; float16 where the hardware computes in it."""
    if assessment.model.format != "onnx":
        return
    yield Recipe(backend="onnxruntime", method="as-is")
    yield Recipe(backend="onnxruntime", method="graph-optimized")
    if {"already-quantized", "half-precision"} & {concern.code for concern in assessment.concerns}:
        return
    if assessment.operators.keys() & set(STATIC_OPERATORS):
        yield Recipe(backend="onnxruntime", method="int8-static")
    if assessment.operators.keys() & set(MATRIX_OPERATORS):
        yield Recipe(backend="onnxruntime", method="int8-dynamic")
    if "MatMul" in assessment.operators:
        yield Recipe(backend="onnxruntime", method="int4")
    if target.accelerator == "gpu":
        yield Recipe(backend="onnxruntime", method="float16")


def optimize(model: Path, recipe: Recipe, samples: Samples | None, output: Path) -> Made:
    """Write the candidate as `model.onnx` in `output`.

    Raises:
        ConfigError: unknown method or option, or static quantization without calibration data.
        BackendFailed: nothing in the model was quantized.
    """
    makers = {
        "as-is": as_is,
        "graph-optimized": graph_optimized,
        "int8-dynamic": int8_dynamic,
        "int8-dynamic-all": int8_dynamic_all,
        "int8-static": int8_static,
        "float16": float16,
        "int4": int4,
    }
    if recipe.method not in makers:
        raise ConfigError(f"onnxruntime has no method {recipe.method!r}; it has {', '.join(makers)}")
    unknown = sorted(recipe.options.keys() - set(METHODS[recipe.method]))
    if unknown:
        known = ", ".join(METHODS[recipe.method]) or "none"
        raise ConfigError(f"onnxruntime {recipe.method}: unknown option {', '.join(unknown)}; known: {known}")
    notes = makers[recipe.method](model, dict(recipe.options), samples, output / "model.onnx")
    return Made(main="model.onnx", notes=tuple(notes))


def as_is(model: Path, options: dict[str, Any], samples: Samples | None, output: Path) -> list[str]:
    """The same bytes, external data too. Doubled opset imports, of which ONNX Runtime takes the last, are merged."""
    import onnx

    shutil.copytree(model.parent, output.parent, dirs_exist_ok=True)
    if model.name != output.name:
        (output.parent / model.name).rename(output)
    proto = onnx.load(output, load_external_data=False)
    if not merge_opsets(proto):
        return []
    output.write_bytes(proto.SerializeToString())
    return ["doubled opset imports merged"]


def merge_opsets(proto: Any) -> bool:
    """Keep the highest import of each domain; whether anything changed."""
    highest: dict[str, int] = {}
    for entry in proto.opset_import:
        domain = "" if entry.domain == "ai.onnx" else entry.domain
        highest[domain] = max(entry.version, highest.get(domain, 0))
    if len(highest) == len(proto.opset_import):
        return False
    del proto.opset_import[:]
    for domain, version in highest.items():
        proto.opset_import.add(domain=domain, version=version)
    return True


def graph_optimized(model: Path, options: dict[str, Any], samples: Samples | None, output: Path) -> list[str]:
    """Fusions that hold on every CPU ("extended"); layout optimizations belong to the machine that loads it."""
    import onnx
    import onnxruntime
    from onnx.external_data_helper import uses_external_data

    source = ready(model, output.parent)
    settings = onnxruntime.SessionOptions()
    settings.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    settings.optimized_model_filepath = str(output)
    if any(map(uses_external_data, onnx.load(source, load_external_data=False).graph.initializer)):
        # Else the result would go on pointing to the source's data, which is not there.
        settings.add_session_config_entry("session.optimized_model_external_initializers_file_name", "model.onnx.data")
    onnxruntime.InferenceSession(source, settings, providers=["CPUExecutionProvider"])
    drop_intermediates(output.parent)
    return []


def int8_dynamic(model: Path, options: dict[str, Any], samples: Samples | None, output: Path) -> list[str]:
    """Weights int8, activations quantized per inference; matrix products only."""
    return dynamic(model, {"operators": list(MATRIX_OPERATORS), **options}, output)


def int8_dynamic_all(model: Path, options: dict[str, Any], samples: Samples | None, output: Path) -> list[str]:
    """Every operator ONNX Runtime can quantize dynamically; its integer convolution is several times slower."""
    return dynamic(model, {"operators": "all", **options}, output)


def dynamic(model: Path, options: dict[str, Any], output: Path) -> list[str]:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    operators = chosen_operators(options["operators"])
    source, notes = preprocessed(model, output.parent)
    notes += per_channel_or_tensor(
        lambda per_channel: quantize_dynamic(
            source,
            output,
            op_types_to_quantize=operators,
            per_channel=per_channel,
            reduce_range=bool(options.get("reduce_range", False)),
            weight_type=QuantType.QInt8,
        ),
        bool(options.get("per_channel", False)),
        output.parent,
    )
    refuse_unquantized(output)
    return notes


def chosen_operators(wanted: Any) -> list[str] | None:
    """Operator types to quantize; None, ONNX Runtime's own default, for `all`.

    Raises:
        ConfigError: neither `all` nor a list of names.
    """
    if wanted == "all":
        return None
    if isinstance(wanted, (list, tuple)) and wanted and all(isinstance(name, str) for name in wanted):
        return list(wanted)
    raise ConfigError(f"operators: {wanted!r} is neither `all` nor a list of operator types such as [Conv, MatMul]")


def refuse_unquantized(output: Path) -> None:
    """The quantizers say nothing where they find nothing to do.

    Raises:
        BackendFailed: no quantized operator in the result.
    """
    import onnx

    nodes = onnx.load(output, load_external_data=False).graph.node
    if not any(node.op_type in QUANTIZED_OPERATORS for node in nodes):
        raise BackendFailed("nothing was quantized: no chosen operator has constant weights")


def int8_static(model: Path, options: dict[str, Any], samples: Samples | None, output: Path) -> list[str]:
    """QDQ with ranges from calibration data.

    Options: per_channel (true), calibration (minmax, entropy, percentile), operators (a list, or `all` for ONNX
    Runtime's own default), reduce_range (false; true for CPUs without VNNI, whose 8-bit products saturate).
    """
    from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static

    if samples is None:
        raise ConfigError("int8-static needs calibration data; set data.calibration in edgeci.yaml")
    methods = {
        "minmax": CalibrationMethod.MinMax,
        "entropy": CalibrationMethod.Entropy,
        "percentile": CalibrationMethod.Percentile,
    }
    method = str(options.get("calibration", "minmax"))
    if method not in methods:
        raise ConfigError(f"unknown calibration {method!r}; known: {', '.join(methods)}")
    operators = chosen_operators(options.get("operators", STATIC_OPERATORS))
    source, notes = preprocessed(model, output.parent)
    notes += per_channel_or_tensor(
        lambda per_channel: quantize_static(
            source,
            output,
            reader(samples),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=operators,
            per_channel=per_channel,
            reduce_range=bool(options.get("reduce_range", False)),
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=methods[method],
        ),
        bool(options.get("per_channel", True)),
        output.parent,
    )
    refuse_unquantized(output)
    return notes


def reader(samples: Samples) -> Any:
    from onnxruntime.quantization import CalibrationDataReader

    class Reader(CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            self.items: Iterator[Feeds] = iter(samples)

        def get_next(self) -> Feeds | None:
            return next(self.items, None)

    return Reader()


def float16(model: Path, options: dict[str, Any], samples: Samples | None, output: Path) -> list[str]:
    """Half-precision weights and computation; inputs and outputs keep their types."""
    import onnx
    from onnxruntime.transformers.float16 import convert_float_to_float16

    converted = convert_float_to_float16(onnx.load(ready(model, output.parent)), keep_io_types=True, **options)
    onnx.save(converted, output)
    drop_intermediates(output.parent)
    return []


def int4(model: Path, options: dict[str, Any], samples: Samples | None, output: Path) -> list[str]:
    """Weight-only int4 of matrix products with constant weights (MatMulNBits)."""
    import onnx
    from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

    source, notes = preprocessed(model, output.parent)
    settings = {"block_size": 32, "is_symmetric": True, "accuracy_level": 4, **options}
    quantizer = MatMulNBitsQuantizer(onnx.load(source), **settings)
    quantizer.process()
    quantizer.model.save_model_to_file(str(output), use_external_data_format=False)
    drop_intermediates(output.parent)
    refuse_unquantized(output)
    return notes


def per_channel_or_tensor(quantize: Any, per_channel: bool, folder: Path) -> list[str]:
    """Per channel crashes on some graphs where per tensor works; the note says which it became."""
    try:
        quantize(per_channel)
    except (ValueError, IndexError) as problem:
        if not per_channel:
            raise
        quantize(False)
        return [f"quantized per tensor, because per channel failed ({problem})"]
    finally:
        drop_intermediates(folder)
    return []


def preprocessed(model: Path, folder: Path) -> tuple[Path, list[str]]:
    """Constants as initializers, shapes inferred, opset 17: what the quantizers need to work at all.

    Symbolic shape inference fails on most real models; without it the rest of the preprocessing still counts.
    """
    from onnxruntime.quantization.shape_inference import quant_pre_process

    source = ready(model, folder).resolve()
    result = folder.resolve() / "intermediate-preprocessed.onnx"
    failures = []
    for settings in ({}, {"skip_symbolic_shape": True}, {"skip_symbolic_shape": True, "skip_optimization": True}):
        try:
            # Where it fails, it leaves the whole model in the current folder.
            with tempfile.TemporaryDirectory() as scratch, contextlib.chdir(scratch):
                quant_pre_process(str(source), str(result), **settings)
        except Exception as problem:  # noqa: BLE001 - it raises bare Exception for an incomplete inference
            failures.append((str(problem) or type(problem).__name__).splitlines()[0][:120])
        else:
            left_out = " and ".join(name.removeprefix("skip_").replace("_", " ") for name in settings)
            return result, [f"preprocessed without {left_out} ({failures[-1]})"] if settings else []
    return source, [f"not preprocessed ({'; '.join(failures)})"]


def ready(model: Path, folder: Path) -> Path:
    """The model with merged opset imports, at an opset that knows per-channel quantization."""
    import onnx
    from onnx import version_converter

    proto = onnx.load(model)
    changed = merge_opsets(proto)
    opset = next((entry.version for entry in proto.opset_import if entry.domain in ("", "ai.onnx")), 0)
    if 0 < opset < 13:
        proto = version_converter.convert_version(proto, PORTABLE_OPSET)
        changed = True
    if not changed:
        return model
    result = folder / "intermediate-ready.onnx"
    onnx.save(proto, result)
    return result


def drop_intermediates(folder: Path) -> None:
    for path in folder.glob("intermediate-*"):
        path.unlink()


class OnnxSession:
    """An inference session on the execution provider the target asks for, and on no other for a whole graph."""

    def __init__(self, model: Path, target: Target, profile: Path | None = None) -> None:
        import onnxruntime

        provider = PROVIDERS[target.accelerator]
        if provider not in onnxruntime.get_available_providers():
            raise BackendMissing(
                f"{provider} is unavailable: this onnxruntime offers {', '.join(onnxruntime.get_available_providers())}"
            )
        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads = target.threads
        settings.inter_op_num_threads = 1
        settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
        settings.log_severity_level = 3
        if profile is not None:
            settings.enable_profiling = True
            settings.profile_file_prefix = str(profile)
        self.session = onnxruntime.InferenceSession(model, settings, providers=[provider])
        if provider not in self.session.get_providers():
            raise BackendMissing(f"{provider} fell back to {', '.join(self.session.get_providers())}")
        self.runtime = {
            "runtime": f"onnxruntime {onnxruntime.__version__}",
            "execution_provider": provider,
            "threads": str(target.threads),
        }

    def infer(self, feeds: Mapping[str, Array]) -> list[Array]:
        return list(self.session.run(None, feeds))


def load(model: Path, recipe: Recipe, target: Target) -> OnnxSession:
    """Load for inference.

    Raises:
        BackendMissing: the target's accelerator is not there, or the session fell back to another provider.
    """
    return OnnxSession(model, target)


def profile_operators(
    model: Path, recipe: Recipe, target: Target, feeds: Mapping[str, Array], runs: int
) -> list[OperatorTime]:
    """Calls and ms of each operator type in one run, from ONNX Runtime's own profile.

    Loop, If and Scan hold their body's operators, which are listed themselves.
    """
    with tempfile.TemporaryDirectory() as folder:
        session = OnnxSession(model, target, Path(folder) / "profile")
        for _ in range(runs):
            session.infer(feeds)
        events = json.loads(Path(session.session.end_profiling()).read_bytes())
    calls: Counter[str] = Counter()
    microseconds: Counter[str] = Counter()
    for event in events:
        if event.get("cat") == "Node" and event["name"].endswith("_kernel_time"):
            operator = event["args"]["op_name"]
            if operator not in CONTROL_FLOW:
                calls[operator] += 1
                microseconds[operator] += event["dur"]
    return [
        OperatorTime(operator=name, calls=count / runs, milliseconds=microseconds[name] / 1e3 / runs)
        for name, count in calls.items()
    ]
