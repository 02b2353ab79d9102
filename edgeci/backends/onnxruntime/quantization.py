"""Fewer bits for an ONNX model: int8 and int4 with ONNX Runtime's quantizers."""

from collections.abc import Callable, Iterator
from pathlib import Path

from edgeci.backends.onnxruntime.conversion import drop_intermediates
from edgeci.backends.onnxruntime.preprocessing import preprocessed
from edgeci.backends.options import Values
from edgeci.errors import BackendFailed, ConfigError
from edgeci.evaluation.samples import Feeds, Samples

CALIBRATIONS = {"minmax": "MinMax", "entropy": "Entropy", "percentile": "Percentile"}
"""Our name -> ONNX Runtime's, and Olive's."""
QUANTIZED_OPERATORS = frozenset(
    {"QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear", "ConvInteger", "MatMulInteger", "MatMulNBits"}
)


def int8_dynamic(model: Path, options: Values, samples: Samples | None, output: Path) -> list[str]:
    """Weights int8, activations quantized per inference; matrix products only, unless told otherwise."""
    return dynamic(model, options, chosen_operators(options["operators"]), output)


def int8_dynamic_all(model: Path, options: Values, samples: Samples | None, output: Path) -> list[str]:
    """Every operator ONNX Runtime can quantize dynamically; its integer convolution is several times slower."""
    return dynamic(model, options, None, output)


def dynamic(model: Path, options: Values, operators: list[str] | None, output: Path) -> list[str]:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    source, notes = preprocessed(model, output.parent)
    notes += per_channel_or_tensor(
        lambda per_channel: quantize_dynamic(
            source,
            output,
            op_types_to_quantize=operators,
            per_channel=per_channel,
            reduce_range=options["reduce_range"],
            weight_type=QuantType.QInt8,
        ),
        options["per_channel"],
        output.parent,
    )
    refuse_unquantized(output)
    return notes


def chosen_operators(wanted: list[str] | str) -> list[str] | None:
    """Operator types to quantize; None, ONNX Runtime's own default, for `all`."""
    return None if isinstance(wanted, str) else wanted


def refuse_unquantized(output: Path) -> None:
    """The quantizers say nothing where they find nothing to do.

    Raises:
        BackendFailed: no quantized operator in the result.
    """
    import onnx

    nodes = onnx.load(output, load_external_data=False).graph.node
    if not any(node.op_type in QUANTIZED_OPERATORS for node in nodes):
        raise BackendFailed("nothing was quantized: no chosen operator has constant weights")


def int8_static(model: Path, options: Values, samples: Samples | None, output: Path) -> list[str]:
    """QDQ with ranges from calibration data.

    Raises:
        ConfigError: there are none.
    """
    if samples is None:
        raise ConfigError("int8-static needs calibration data; set data.calibration in edgeci.yaml")
    source, notes = preprocessed(model, output.parent)
    notes += per_channel_or_tensor(
        lambda per_channel: static(source, options, per_channel, samples, output),
        options["per_channel"],
        output.parent,
    )
    refuse_unquantized(output)
    return notes


def static(source: Path, options: Values, per_channel: bool, samples: Samples, output: Path) -> None:
    from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static

    quantize_static(
        source,
        output,
        reader(samples),
        quant_format=QuantFormat.QDQ,
        op_types_to_quantize=chosen_operators(options["operators"]),
        per_channel=per_channel,
        reduce_range=options["reduce_range"],
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        calibrate_method=CalibrationMethod[CALIBRATIONS[options["calibration"]]],
    )


def reader(samples: Samples) -> object:
    """The items as ONNX Runtime asks for them."""
    from onnxruntime.quantization import CalibrationDataReader

    class Reader(CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            self.items: Iterator[Feeds] = iter(samples)

        def get_next(self) -> Feeds | None:
            return next(self.items, None)

    return Reader()


def int4(model: Path, options: Values, samples: Samples | None, output: Path) -> list[str]:
    """Weight-only int4 of matrix products with constant weights (MatMulNBits)."""
    import onnx
    from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

    source, notes = preprocessed(model, output.parent)
    quantizer = MatMulNBitsQuantizer(onnx.load(source), **options)
    quantizer.process()
    quantizer.model.save_model_to_file(str(output), use_external_data_format=False)
    drop_intermediates(output.parent)
    refuse_unquantized(output)
    return notes


def per_channel_or_tensor(quantize: Callable[[bool], None], per_channel: bool, folder: Path) -> list[str]:
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
