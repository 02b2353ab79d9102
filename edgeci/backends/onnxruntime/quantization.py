"""Fewer bits for an ONNX model: int8 and int4 with ONNX Runtime's quantizers."""

import difflib
import inspect
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from edgeci.backends.onnxruntime.conversion import drop_intermediates
from edgeci.backends.onnxruntime.graphs import Graph, graph_of, successor
from edgeci.backends.onnxruntime.preprocessing import preprocessed
from edgeci.backends.options import Values
from edgeci.errors import BackendFailed, ConfigError
from edgeci.evaluation.samples import Feeds, Samples
from edgeci.onnx_operators import is_quantized

CALIBRATIONS = {"minmax": "MinMax", "entropy": "Entropy", "percentile": "Percentile"}
"""Our name -> ONNX Runtime's, and Olive's."""


def int8_dynamic(model: Path, options: Values, samples: Samples | None, output: Path) -> list[str]:
    """Weights int8, activations quantized per inference; matrix products only, unless told otherwise."""
    return dynamic(model, options, chosen_operators(options["operators"]), output)


def int8_dynamic_all(model: Path, options: Values, samples: Samples | None, output: Path) -> list[str]:
    """Every operator ONNX Runtime can quantize dynamically; its integer convolution is several times slower."""
    return dynamic(model, options, None, output)


def dynamic(model: Path, options: Values, operators: list[str] | None, output: Path) -> list[str]:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    excluded = excluded_nodes(model, options)
    source, notes = preprocessed(model, output.parent)
    excluded = stayed(model, source, excluded)
    split = [f"{name}_MatMul" for name in excluded]  # what becomes of a Gemm before it is looked at
    notes += per_channel_or_tensor(
        lambda per_channel: quantize_dynamic(
            source,
            output,
            op_types_to_quantize=operators,
            per_channel=per_channel,
            reduce_range=options["reduce_range"],
            weight_type=QuantType.QInt8,
            nodes_to_exclude=[*excluded, *split],
        ),
        options["per_channel"],
        output.parent,
    )
    refuse_unquantized(model, output)
    return notes


def chosen_operators(wanted: list[str] | str) -> list[str] | None:
    """Operator types to quantize; None, ONNX Runtime's own default, for `all`.

    Raises:
        ConfigError: there is no such operator, of which ONNX Runtime would say nothing.
    """
    if isinstance(wanted, str):
        return None
    known = operators_known()
    if unknown := sorted(set(wanted) - set(known)):
        raise ConfigError(f"operators: there is no operator {unknown[0]!r}{meant(unknown[0], known)}")
    return wanted


def operators_known() -> list[str]:
    """Every operator type there is: what it passes on, QDQ pairs may stand around any of them."""
    from onnx.defs import get_all_schemas

    return sorted({*quantizable(), *(schema.name for schema in get_all_schemas())})


def quantizable() -> list[str]:
    """Operator types that ONNX Runtime quantizes unless it is told otherwise."""
    from onnxruntime.quantization.registry import IntegerOpsRegistry, QDQRegistry, QLinearOpsRegistry

    return sorted({*IntegerOpsRegistry, *QDQRegistry, *QLinearOpsRegistry})


def meant(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, known, n=3)
    return f"; did you mean {' or '.join(map(repr, near))}?" if near else ""


def excluded_nodes(model: Path, options: Values) -> list[str]:
    """Nodes that are left alone.

    Raises:
        ConfigError: the model has no such node, of which the quantizers would say nothing.
    """
    wanted = options["nodes_to_exclude"] or []
    names = {node.name for node in graph_of(model).node}
    if unknown := sorted(set(wanted) - names):
        raise ConfigError(f"nodes_to_exclude: the model has no node {unknown[0]!r}{meant(unknown[0], names)}")
    return list(wanted)


def stayed(model: Path, source: Path, excluded: list[str]) -> list[str]:
    """By their names in the preprocessed model: MatMul and Add became a Gemm there, whose name nobody knows."""
    if not excluded:
        return []
    before, after = graph_of(model), graph_of(source)
    return sorted({name for each in excluded if (name := successor(each, before, after)) is not None})


def refuse_unquantized(source: Path, output: Path) -> None:
    """The quantizers say nothing where they find nothing to do.

    Raises:
        BackendFailed: no quantized operator in the result that its source had not.
    """
    before, after = (quantized(graph_of(path)) for path in (source, output))
    if after <= before:
        raise BackendFailed("nothing was quantized: no chosen operator has constant weights")


def quantized(graph: Graph) -> int:
    """Quantized operators in a graph and in the bodies of its loops and branches."""
    own = sum(is_quantized(f"{node.domain}.{node.op_type}".removeprefix("ai.onnx")) for node in graph.node)
    attributes = [attribute for node in graph.node for attribute in node.attribute]
    bodies = [body for each in attributes for body in ([each.g] if each.HasField("g") else each.graphs)]
    return own + sum(map(quantized, bodies))


def int8_static(model: Path, options: Values, samples: Samples | None, output: Path) -> list[str]:
    """QDQ with ranges from calibration data."""
    items, excluded = needed(samples, "int8-static"), excluded_nodes(model, options)
    source, notes = preprocessed(model, output.parent)
    wanted = options | {"nodes_to_exclude": stayed(model, source, excluded)}
    notes += per_channel_or_tensor(
        lambda per_channel: static(source, wanted, per_channel, items, output),
        options["per_channel"],
        output.parent,
    )
    refuse_unquantized(model, output)
    return notes


def needed(samples: Samples | None, method: str) -> Samples:
    """
    Raises:
        ConfigError: there are no calibration items.
    """
    if samples is None:
        raise ConfigError(f"{method} needs calibration data; set data.calibration in edgeci.yaml")
    return samples


def static(
    source: Path, options: Values, per_channel: bool, samples: Samples, output: Path, ranges: Path | None = None
) -> None:
    """With ranges from the file of that name, or kept in it."""
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
        nodes_to_exclude=options["nodes_to_exclude"],
        **kept_in(ranges, quantize_static),
    )


def kept_in(ranges: Path | None, quantize: Callable[..., None]) -> dict[str, Path]:
    """An older ONNX Runtime keeps no ranges: then they are taken anew each time."""
    is_known = "calibration_cache_path" in inspect.signature(quantize).parameters
    return {"calibration_cache_path": ranges} if ranges is not None and is_known else {}


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

    excluded = excluded_nodes(model, options)
    source, notes = preprocessed(model, output.parent)
    wanted = options | {"nodes_to_exclude": stayed(model, source, excluded)}
    quantizer = MatMulNBitsQuantizer(onnx.load(source), **wanted)
    quantizer.process()
    quantizer.model.save_model_to_file(str(output), use_external_data_format=False)
    drop_intermediates(output.parent)
    refuse_unquantized(model, output)
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
