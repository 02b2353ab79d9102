"""Names, operators and tensors as an ONNX file describes them, each as one of edgeci's own."""

from typing import TYPE_CHECKING

from edgeci.formats.onnx_tensors import MOST_DIMENSIONS, dtype_name
from edgeci.formats.unsound import Unsound, shown
from edgeci.types import Tensor

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto, TensorShapeProto, ValueInfoProto

NO_TENSOR = "sequence"
"""What stands for an element type where a value is a sequence, a map or an optional."""


def text(value: str | bytes) -> str:
    """A name. Protobuf gives bytes where a file's string is not UTF-8."""
    if isinstance(value, bytes):
        raise Unsound(f"the name {shown(value)} is not text")
    return value


def operator_name(node: "NodeProto") -> str:
    operator, domain = text(node.op_type), text(node.domain)
    return operator if domain in ("", "ai.onnx") else f"{domain}.{operator}"


def tensor_of(value: "ValueInfoProto") -> Tensor:
    name = text(value.name)
    if value.type.WhichOneof("value") not in ("tensor_type", None):
        return Tensor(name=name, dtype=NO_TENSOR, shape=None)
    kind = value.type.tensor_type
    if len(kind.shape.dim) > MOST_DIMENSIONS:
        raise Unsound(f"{shown(value.name)} has {len(kind.shape.dim)} dimensions")
    shape = tuple(map(size_of, kind.shape.dim)) if kind.HasField("shape") else None
    return Tensor(name=name, dtype=dtype_name(kind.elem_type), shape=shape)


def size_of(dimension: "TensorShapeProto.Dimension") -> int | str | None:
    """Some exporters write -1 for a size that is not known."""
    if dimension.HasField("dim_value"):
        return dimension.dim_value if dimension.dim_value >= 0 else None
    return text(dimension.dim_param) or None


def given(proto: "ModelProto") -> list["ValueInfoProto"]:
    """Inputs proper: old models list their weights among them, too."""
    initialized = {tensor.name for tensor in proto.graph.initializer}
    initialized |= {sparse.values.name for sparse in proto.graph.sparse_initializer}
    return [value for value in proto.graph.input if value.name not in initialized]
