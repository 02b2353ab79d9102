"""What a model's constants became: NNCF returns a model also when nothing was quantized, or when int4 became int8."""

import math
from collections import Counter

from edgeci.backends.openvino.intermediate_representation import Model
from edgeci.errors import BackendFailed

INT4 = ("i4", "u4")
INT8 = ("i8", "u8")


def constants(model: Model) -> Counter[str]:
    """Elements of constants per type, and how many FakeQuantize operations there are."""
    counts: Counter[str] = Counter()
    for operation in model.get_ops():
        if operation.get_type_name() == "Constant":
            counts[operation.get_element_type().get_type_name()] += math.prod(operation.shape)
        elif operation.get_type_name() == "FakeQuantize":
            counts["FakeQuantize"] += 1
    return counts


def quantization_notes(model: Model) -> list[str]:
    """How much is int8, where that is not nearly all.

    Raises:
        BackendFailed: nothing was quantized.
    """
    counts = constants(model)
    int8 = sum(counts[dtype] for dtype in INT8)
    if not counts["FakeQuantize"]:
        raise BackendFailed("int8 was asked for, but nothing was quantized: no operation is eligible or all went back")
    share = int8 / max(1, int8 + counts["f32"])
    return [] if share > 0.9 else [f"int8 for {share:.0%} of the constants only"]


def refuse_without_int8(model: Model) -> None:
    """
    Raises:
        BackendFailed: no weight is int8.
    """
    if not any(constants(model)[dtype] for dtype in INT8):
        raise BackendFailed("int8 was asked for, but no weight is eligible: nothing was compressed")


def int4_notes(model: Model, why_none: str) -> list[str]:
    """How much is int4, where that is not all: NNCF falls back to int8 without a word.

    Raises:
        BackendFailed: nothing is.
    """
    counts = constants(model)
    four, eight = (sum(counts[dtype] for dtype in dtypes) for dtypes in (INT4, INT8))
    if not four:
        raise BackendFailed(f"int4 was asked for, but no weight is eligible: {why_none}")
    return [f"int4 for {four / (four + eight):.0%} of the compressed weights, int8 for the rest"] if eight else []
