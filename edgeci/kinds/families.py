"""What the weights of a model of tensors are like, by the operators of its graph and never by the file's name."""

from collections.abc import Mapping

from edgeci.kinds.protocol import Family

CONVOLUTIONS = ("Conv", "ConvTranspose", "ConvInteger", "QLinearConv")
FUSED_ATTENTION = ("Attention", "MultiHeadAttention", "GroupQueryAttention", "com.microsoft.Attention",
                   "com.microsoft.MultiHeadAttention", "com.microsoft.GroupQueryAttention")  # fmt: skip


def of_graph(operators: Mapping[str, int]) -> Family:
    convolutions = sum(operators.get(name, 0) for name in CONVOLUTIONS)
    if attends(operators) and operators.get("MatMul", 0) > convolutions:
        return "transformer-encoder"
    return "convolutional" if convolutions else "other"


def attends(operators: Mapping[str, int]) -> bool:
    """Attention, fused or not: each takes two products around its softmax, and two of weights at the very least.

    A classifier may end in a softmax too, but no heads are transposed in it.
    """
    if operators.keys() & set(FUSED_ATTENTION):
        return True
    if "Transpose" not in operators:
        return False
    softmaxes, products = operators.get("Softmax", 0), operators.get("MatMul", 0)
    return softmaxes > 0 and products >= 2 * softmaxes and products + operators.get("Gemm", 0) >= 4 * softmaxes
