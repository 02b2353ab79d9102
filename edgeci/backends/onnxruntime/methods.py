"""What ONNX Runtime's own tools can make of an ONNX model, and what each can be told."""

from collections.abc import Mapping
from dataclasses import replace

from edgeci.backends.option_kinds import FLAG, NAMES, NUMBER, TEXT, WHOLE
from edgeci.backends.options import Method, Option

MATRIX_OPERATORS = ("MatMul", "Gemm")
DYNAMIC_OPERATORS = (*MATRIX_OPERATORS, "LSTM")
"""ONNX Runtime has no quantized GRU or RNN."""
STATIC_OPERATORS = ("Conv", "MatMul", "Gemm")
"""Quantizing every operator, ONNX Runtime's default, ruins models that are fine with these three."""

OPERATORS = Option(
    "operators",
    NAMES,
    "Operator types to quantize, such as [Conv, MatMul]; `all` is ONNX Runtime's own choice.",
    DYNAMIC_OPERATORS,
    instead="all",
)
PER_CHANNEL = Option("per_channel", FLAG, "Give each channel of a weight a scale of its own.", False)
REDUCE_RANGE = Option(
    "reduce_range", FLAG, "Use 7 bits of 8, for CPUs without VNNI, whose 8-bit products saturate.", False
)
EXCLUDED = Option("nodes_to_exclude", NAMES, "Nodes that stay as they are; without it, none.")
CALIBRATION = Option(
    "calibration",
    TEXT,
    "How ranges come of what the calibration data make a layer give.",
    "minmax",
    choices=("minmax", "entropy", "percentile"),
)
FLOAT16 = (
    Option("op_block_list", NAMES, "Operator types that stay float32; without it, the converter's own list."),
    Option("node_block_list", NAMES, "Nodes that stay float32; without it, none."),
    Option("min_positive_val", NUMBER, "Smaller constants become this.", 5.96e-08, minimum=0),
    Option("max_finite_val", NUMBER, "Larger constants become this.", 65504.0, minimum=0),
)
INT4 = (
    Option("block_size", WHOLE, "Weights that share a scale.", 32, choices=(16, 32, 64, 128, 256)),
    Option("is_symmetric", FLAG, "No zero point beside the scale.", True),
    Option(
        "accuracy_level",
        WHOLE,
        "What products are computed in: 4 int8, 3 bfloat16, 2 float16, 1 float32, 0 the kernel's choice.",
        4,
        choices=(0, 1, 2, 3, 4),
    ),
    Option("bits", WHOLE, "Of a weight.", 4, choices=(4, 8)),
    EXCLUDED,
)
STATIC = (
    replace(OPERATORS, default=STATIC_OPERATORS),
    replace(PER_CHANNEL, default=True),
    REDUCE_RANGE,
    CALIBRATION,
    EXCLUDED,
)
MIXED = (
    Option(
        "max_error",
        NUMBER,
        "Largest error of the outputs on calibration items, as a share of their spread.",
        0.1,
        minimum=0,
    ),
    Option("seconds", NUMBER, "Longest search; the best so far counts then.", 60.0, minimum=1),
)
METHODS: Mapping[str, Method] = {
    "as-is": Method("The same bytes, external data too."),
    "graph-optimized": Method("Fusions that hold on every CPU."),
    "int8-dynamic": Method(
        "Weights int8, activations quantized per inference.", (OPERATORS, PER_CHANNEL, REDUCE_RANGE, EXCLUDED)
    ),
    "int8-dynamic-all": Method(
        "The same of every operator; integer convolutions are several times slower.",
        (PER_CHANNEL, REDUCE_RANGE, EXCLUDED),
    ),
    "int8-static": Method(
        "Weights and activations int8 (QDQ), with ranges from the calibration data.",
        STATIC,
    ),
    "int8-mixed": Method(
        "As int8-static, but what costs the outputs most stays float32: searched for on calibration items.",
        (*MIXED, *STATIC),
        is_slow=True,
    ),
    "float16": Method("Half-precision weights and computation; inputs and outputs keep their types.", FLOAT16),
    "int4": Method("Weights of matrix products int4, in blocks.", INT4),
}
