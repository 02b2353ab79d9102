"""What a backend, or a person, should know of an ONNX model before anything is tried."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from edgeci.formats.half_precision import half_precision
from edgeci.formats.onnx_values import tensor_of
from edgeci.onnx_operators import is_quantized
from edgeci.types import Concern

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto, ValueInfoProto

STANDARD_DOMAINS = {"", "ai.onnx", "ai.onnx.ml"}
MICROSOFT_DOMAINS = {"com.microsoft", "com.microsoft.nchwc", "com.ms.internal.nhwc"}
RANDOM_OPERATORS = {
    "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Multinomial", "Bernoulli",
}  # fmt: skip
NEWEST_OPSET = 30
MINIMUM_OPSET = 13
"""Below it, per-channel quantization gives invalid graphs."""
MOST_NAMED = 8
"""Operators that a concern names."""


def concerns(
    proto: "ModelProto", operators: Counter[str], dtypes: Counter[str], inputs: Iterable["ValueInfoProto"]
) -> Iterator[Concern]:
    """Of the opsets, the operators, the weights and the shapes."""
    yield from of_opsets(proto)
    yield from of_foreign_operators(operators, {node.domain for node in proto.functions})
    if any(map(is_quantized, operators)):
        yield Concern(code="already-quantized", message="holds quantized operators; quantizing again adds error")
    yield from half_precision(dtypes)
    if random := sorted(name for name in operators if name in RANDOM_OPERATORS):
        message = f"draws random numbers ({', '.join(random)}): it may answer the same item differently each time"
        yield Concern(code="random", message=message)
    if operators.keys() & {"Loop", "Scan"}:
        yield Concern(code="control-flow", message="has loops; run time depends on the data")
    if any(not isinstance(size, int) for value in inputs for size in (tensor_of(value).shape or ())[1:]):
        yield Concern(code="dynamic-shape", message="an input has dynamic axes besides the batch")
    if any(has_weights(node) for node in proto.graph.node):
        yield Concern(
            code="constant-weights", message="weights are Constant nodes; quantizers need them as initializers"
        )


def of_opsets(proto: "ModelProto") -> Iterator[Concern]:
    domains = Counter(entry.domain or "ai.onnx" for entry in proto.opset_import)
    opset = max((entry.version for entry in proto.opset_import if entry.domain in ("", "ai.onnx")), default=0)
    if any(count > 1 for count in domains.values()):
        yield Concern(code="duplicate-opset", message="an opset is imported twice; ONNX Runtime takes the last one")
    if 0 < opset < MINIMUM_OPSET:
        yield Concern(code="old-opset", message=f"opset {opset}; per-channel quantization needs {MINIMUM_OPSET}")
    if opset > NEWEST_OPSET:
        yield Concern(code="unknown-opset", message=f"opset {opset} is newer than any runtime knows")


def of_foreign_operators(operators: Counter[str], own: set[str]) -> Iterator[Concern]:
    """Those of a domain that neither a runtime ships nor the model defines."""
    known = STANDARD_DOMAINS | MICROSOFT_DOMAINS | own
    if foreign := sorted(name for name in operators if "." in name and name.rpartition(".")[0] not in known):
        some = ", ".join(name[:80] for name in foreign[:MOST_NAMED]) + (" ..." if len(foreign) > MOST_NAMED else "")
        yield Concern(code="custom-operator", message=f"needs operators that no runtime ships: {some}")


def has_weights(node: "NodeProto") -> bool:
    """A Constant node, or one like it."""
    return any(attribute.HasField("t") and attribute.t.ByteSize() > 4096 for attribute in node.attribute)
