"""Fewer bits for an ONNX model: int8 and int4 with ONNX Runtime's quantizers, and what they need to work at all."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from edgeci.accidents import is_accident
from edgeci.backends.onnxruntime.conversion import drop_intermediates, ready
from edgeci.errors import BackendFailed, ConfigError
from edgeci.evaluation.samples import Feeds, Samples

MATRIX_OPERATORS = ("MatMul", "Gemm")
STATIC_OPERATORS = ("Conv", "MatMul", "Gemm")
"""Quantizing every operator, ONNX Runtime's default, ruins models that are fine with these three."""
QUANTIZED_OPERATORS = frozenset(
    {"QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear", "ConvInteger", "MatMulInteger", "MatMulNBits"}
)


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
        except Exception as problem:  # it raises bare Exception for an incomplete inference
            if is_accident(problem):
                raise
            failures.append((str(problem) or type(problem).__name__).splitlines()[0][:120])
        else:
            left_out = " and ".join(name.removeprefix("skip_").replace("_", " ") for name in settings)
            return result, [f"preprocessed without {left_out} ({failures[-1]})"] if settings else []
    return source, [f"not preprocessed ({'; '.join(failures)})"]
