"""Read an ONNX file's header and graph: no weights of external data, no inference, no checker.

The checker and shape inference can be made to hang by a small file; this walk visits each node once and bounds depth.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgeci.errors import InputRejected
from edgeci.formats.intake import check_location
from edgeci.types import Concern, Tensor

if TYPE_CHECKING:
    from onnx import AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto

STANDARD_DOMAINS = {"", "ai.onnx", "ai.onnx.ml"}
MICROSOFT_DOMAINS = {"com.microsoft", "com.microsoft.nchwc", "com.ms.internal.nhwc"}
QUANTIZED_OPERATORS = {
    "QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear", "QLinearConv", "QLinearMatMul", "ConvInteger",
    "MatMulInteger", "com.microsoft.MatMulNBits", "com.microsoft.GatherBlockQuantized", "com.microsoft.QLinearAdd",
}  # fmt: skip
PACKED_INPUT = {"com.microsoft.MatMulNBits": 1, "com.microsoft.GatherBlockQuantized": 0}
"""Which input of an operator is weights of several bits, packed into bytes."""
NEWEST_OPSET = 30
MAXIMUM_DEPTH = 64
MOST_DIMENSIONS = 32
MOST_ELEMENTS = 2**48
"""More than any file holds; the size of a hostile shape would have thousands of digits."""
MINIMUM_OPSET = 13
"""Below it, per-channel quantization gives invalid graphs."""


def read(path: str) -> dict[str, Any]:
    """The parts of an Assessment that stand in the file, as JSON.

    Raises:
        InputRejected: not an ONNX model, damaged, nested too deeply, or with external data outside its folder.
    """
    proto = parse(Path(path))
    nodes = list(every_node(proto))
    weights = list(weight_tensors(proto))
    external = external_files(every_tensor(proto), Path(path))
    dtypes = counted(weights, packed_bits(nodes))
    initialized = {tensor.name for tensor in proto.graph.initializer}
    inputs = [value for value in proto.graph.input if value.name not in initialized]
    operators = Counter(operator_name(node) for node in nodes)
    return {
        "producer": f"{text(proto.producer_name)} {text(proto.producer_version)}".strip(),
        "parameters": sum(dtypes.values()),
        "parameter_dtypes": dict(sorted(dtypes.items())),
        "opsets": {text(entry.domain) or "ai.onnx": entry.version for entry in proto.opset_import},
        "operators": dict(sorted(operators.items())),
        "inputs": [tensor_of(value).model_dump() for value in inputs],
        "outputs": [tensor_of(value).model_dump() for value in proto.graph.output],
        "external": external,
        "concerns": [concern.model_dump() for concern in concerns(proto, operators, dtypes, weights)],
    }


def tensor_types(path: str) -> dict[str, int]:
    """Elements of weights per dtype."""
    proto = parse(Path(path))
    return dict(counted(weight_tensors(proto), packed_bits(every_node(proto))))


def counted(weights: Iterable["TensorProto"], packed: dict[str, int]) -> Counter[str]:
    """Elements per dtype; bytes in which ONNX Runtime keeps several weights count as what they hold."""
    dtypes: Counter[str] = Counter()
    for tensor in weights:
        dtype, count, bits = dtype_name(tensor.data_type), elements(tensor), packed.get(tensor.name)
        if bits is not None and dtype == "uint8":
            dtypes[f"int{bits}"] += count * 8 // bits
        else:
            dtypes[dtype] += count
    return dtypes


def packed_bits(nodes: Iterable["NodeProto"]) -> dict[str, int]:
    """Weight -> bits of one element, where an operator takes it packed into bytes."""
    found: dict[str, int] = {}
    for node in nodes:
        place = PACKED_INPUT.get(operator_name(node))
        if place is not None and place < len(node.input):
            bits = next((attribute.i for attribute in node.attribute if attribute.name == "bits"), 4)
            if bits in (2, 4, 8):
                found[node.input[place]] = bits
    return found


def parse(path: Path) -> "ModelProto":
    import onnx
    from google.protobuf.message import DecodeError

    try:
        # The format is told: by the name alone, onnx would take `model.json` for JSON.
        proto = onnx.load(path, format="protobuf", load_external_data=False)
    except (DecodeError, ValueError, RecursionError) as problem:
        raise InputRejected(f"{path}: not an ONNX model, or cut short ({problem})") from problem
    if not proto.ir_version or not proto.graph.node:
        raise InputRejected(f"{path}: not an ONNX model (no graph with nodes in it)")
    if not proto.graph.output:
        raise InputRejected(f"{path}: the graph has no output")
    return proto


def every_graph(graph: "GraphProto", depth: int = 0) -> Iterator["GraphProto"]:
    """The graph and its subgraphs (If, Loop, Scan)."""
    yield graph
    for node in graph.node:
        yield from subgraphs(node, depth)


def subgraphs(node: "NodeProto", depth: int = 0) -> Iterator["GraphProto"]:
    if depth >= MAXIMUM_DEPTH:
        raise InputRejected(f"subgraphs nested deeper than {MAXIMUM_DEPTH}")
    for attribute in node.attribute:
        for inner in (*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs):
            yield from every_graph(inner, depth + 1)


def all_graphs(proto: "ModelProto") -> Iterator["GraphProto"]:
    """Those of the model, of its functions and of its training."""
    yield from every_graph(proto.graph)
    for function in proto.functions:
        for node in function.node:
            yield from subgraphs(node)
    for training in proto.training_info:
        yield from every_graph(training.initialization)
        yield from every_graph(training.algorithm)


def every_node(proto: "ModelProto") -> Iterator["NodeProto"]:
    for graph in all_graphs(proto):
        yield from graph.node
    for function in proto.functions:
        yield from function.node


def weight_tensors(proto: "ModelProto") -> Iterator["TensorProto"]:
    """Initializers and the tensors of Constant nodes."""
    for graph in all_graphs(proto):
        yield from graph.initializer
        for sparse in graph.sparse_initializer:
            yield sparse.values
    for node in every_node(proto):
        if node.op_type == "Constant":
            yield from (attribute.t for attribute in node.attribute if attribute.HasField("t"))


def every_tensor(proto: "ModelProto") -> Iterator["TensorProto"]:
    """Weights or not: each may name a file."""
    for graph in all_graphs(proto):
        yield from graph.initializer
        for sparse in graph.sparse_initializer:
            yield from (sparse.values, sparse.indices)
    for node in every_node(proto):
        for attribute in node.attribute:
            yield from attribute_tensors(attribute)
    for function in proto.functions:
        for attribute in function.attribute_proto:
            yield from attribute_tensors(attribute)


def attribute_tensors(attribute: "AttributeProto") -> Iterator["TensorProto"]:
    yield from (attribute.t, *attribute.tensors)
    for sparse in (attribute.sparse_tensor, *attribute.sparse_tensors):
        yield from (sparse.values, sparse.indices)


def text(value: str | bytes) -> str:
    """A name. Protobuf gives bytes where a file's string is not UTF-8."""
    if isinstance(value, bytes):
        raise InputRejected(f"the name {value[:80]!r} is not text")
    return value


def elements(tensor: "TensorProto") -> int:
    if len(tensor.dims) > MOST_DIMENSIONS or any(size < 0 for size in tensor.dims):
        raise InputRejected(f"weight {tensor.name!r} has {len(tensor.dims)} dimensions or a negative one")
    count = int(prod(tensor.dims))
    if count > MOST_ELEMENTS:
        raise InputRejected(f"weight {tensor.name!r} claims {count} elements")
    return count


def external_files(tensors: Iterable["TensorProto"], model: Path) -> list[str]:
    from onnx import TensorProto

    found: dict[str, None] = {}
    for tensor in tensors:
        if tensor.data_location == TensorProto.EXTERNAL:
            locations = [text(entry.value) for entry in tensor.external_data if entry.key == "location"]
            if len(locations) != 1:
                raise InputRejected(f"{model}: weight {tensor.name!r} has {len(locations)} external locations")
            check_location(locations[0], model)
            found[locations[0]] = None
    return list(found)


def dtype_name(number: int) -> str:
    """NumPy's name of a dtype; ONNX's own where NumPy has none."""
    from onnx import TensorProto

    try:
        name = str(TensorProto.DataType.Name(number)).lower()
    except ValueError:
        raise InputRejected(f"unknown element type {number}") from None
    return {"float": "float32", "double": "float64"}.get(name, name)


def tensor_of(value: Any) -> Tensor:
    kind = value.type.tensor_type
    shape = tuple(
        dimension.dim_value if dimension.HasField("dim_value") else text(dimension.dim_param) or None
        for dimension in kind.shape.dim
    )
    return Tensor(name=text(value.name), dtype=dtype_name(kind.elem_type), shape=shape)


def operator_name(node: "NodeProto") -> str:
    operator, domain = text(node.op_type), text(node.domain)
    return operator if domain in ("", "ai.onnx") else f"{domain}.{operator}"


def concerns(
    proto: "ModelProto", operators: Counter[str], dtypes: Counter[str], weights: list["TensorProto"]
) -> Iterator[Concern]:
    """What a backend, or a person, should know before anything is tried."""
    domains = Counter(entry.domain or "ai.onnx" for entry in proto.opset_import)
    opset = max((entry.version for entry in proto.opset_import if entry.domain in ("", "ai.onnx")), default=0)
    if any(count > 1 for count in domains.values()):
        yield Concern(code="duplicate-opset", message="an opset is imported twice; ONNX Runtime takes the last one")
    if 0 < opset < MINIMUM_OPSET:
        yield Concern(code="old-opset", message=f"opset {opset}; per-channel quantization needs {MINIMUM_OPSET}")
    if opset > NEWEST_OPSET:
        yield Concern(code="unknown-opset", message=f"opset {opset} is newer than any runtime knows")
    own = {node.domain for node in proto.functions}
    foreign = sorted(
        name
        for name in operators
        if "." in name and name.rpartition(".")[0] not in STANDARD_DOMAINS | MICROSOFT_DOMAINS | own
    )
    if foreign:
        yield Concern(code="custom-operator", message=f"needs operators that no runtime ships: {', '.join(foreign)}")
    if QUANTIZED_OPERATORS & operators.keys():
        yield Concern(code="already-quantized", message="holds quantized operators; quantizing again adds error")
    if dtypes["float16"] + dtypes["bfloat16"] > sum(dtypes.values()) / 2:
        yield Concern(code="half-precision", message="weights are half precision; the baseline is not float32")
    if operators.keys() & {"Loop", "Scan"}:
        yield Concern(code="control-flow", message="has loops; run time depends on the data")
    if any(isinstance(size, str) or size is None for value in proto.graph.input for size in tensor_of(value).shape[1:]):
        yield Concern(code="dynamic-shape", message="an input has dynamic axes besides the batch")
    if any(attribute.t.ByteSize() > 4096 for node in proto.graph.node for attribute in node.attribute):
        yield Concern(
            code="constant-weights", message="weights are Constant nodes; quantizers need them as initializers"
        )
