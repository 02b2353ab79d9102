"""Which operators of an ONNX graph compute in fewer bits, by how ONNX and ONNX Runtime name them."""

import re

QUANTIZED = re.compile(r"Quant|Integer|NBits|Bnb4|FpQ4|BFP|^Q(?=[A-Z])")
"""QuantizeLinear, DynamicQuantizeLSTM, ConvInteger, MatMulNBits, QLinearConv, QAttention and those that will come."""
NAMED_SO = ("", "com.microsoft")
"""Domains that name them so; what another's QSomething is, only it knows."""


def is_quantized(operator: str) -> bool:
    """Of an operator as an assessment has it: its domain before it, unless that is ONNX's own."""
    domain, _, name = operator.rpartition(".")
    return domain in NAMED_SO and QUANTIZED.search(name) is not None
