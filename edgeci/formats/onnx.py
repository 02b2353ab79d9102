"""Read an ONNX file's header and graph: no weights of external data, no inference, no checker.

The checker and shape inference can be made to hang by a small file; this walk visits each node once and bounds depth.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgeci.errors import InputRejected
from edgeci.formats.answer import bounded, check_count
from edgeci.formats.intake import check_location
from edgeci.formats.onnx_structure import check_structure
from edgeci.formats.onnx_tensors import MOST_DIMENSIONS, check_sparse, check_tensor, dtype_name, elements
from edgeci.formats.onnx_walk import Walk
from edgeci.formats.unsound import Unsound, naming, shown
from edgeci.regular_files import opened
from edgeci.types import Concern, Tensor

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto, TensorProto, ValueInfoProto

KIND = "ONNX model"
STANDARD_DOMAINS = {"", "ai.onnx", "ai.onnx.ml"}
MICROSOFT_DOMAINS = {"com.microsoft", "com.microsoft.nchwc", "com.ms.internal.nhwc"}
QUANTIZED_OPERATORS = {
    "QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear", "QLinearConv", "QLinearMatMul", "ConvInteger",
    "MatMulInteger", "com.microsoft.MatMulNBits", "com.microsoft.GatherBlockQuantized", "com.microsoft.QLinearAdd",
}  # fmt: skip
PACKED_INPUT = {"com.microsoft.MatMulNBits": 1, "com.microsoft.GatherBlockQuantized": 0}
"""Which input of an operator is weights of several bits, packed into bytes."""
NEWEST_OPSET = 30
MINIMUM_OPSET = 13
"""Below it, per-channel quantization gives invalid graphs."""
LONGEST_PRODUCER = 255
MOST_NAMED = 8
"""Operators that a concern names."""


def read(path: str) -> dict[str, Any]:
    """The parts of an Assessment that stand in the file, as JSON.

    Raises:
        InputRejected: not an ONNX model, damaged, nested too deeply, with data that are not as many as it says, with a
            graph that cannot be computed, or with external data that are missing or outside its folder.
    """
    with naming(path, KIND):
        return bounded(answer(parse(Path(path)), Path(path)))


def answer(proto: "ModelProto", path: Path) -> dict[str, Any]:
    walk = Walk(proto)
    external = external_files(walk.tensors, path)
    for tensor in walk.tensors:
        check_tensor(tensor, external)
    check_sparse(walk.sparse)
    structure = list(check_structure(walk, proto))
    dtypes = counted(walk.weights, packed_bits(walk.nodes))
    operators = Counter(operator_name(node) for node in walk.nodes)
    inputs, outputs = given(proto), proto.graph.output
    for count, what in ((len(inputs), "inputs"), (len(outputs), "outputs"), (len(proto.opset_import), "opsets")):
        check_count(count, what)
    return {
        "producer": f"{text(proto.producer_name)} {text(proto.producer_version)}".strip()[:LONGEST_PRODUCER],
        "parameters": sum(dtypes.values()),
        "parameter_dtypes": dict(sorted(dtypes.items())),
        "opsets": {text(entry.domain) or "ai.onnx": entry.version for entry in proto.opset_import},
        "operators": dict(sorted(operators.items())),
        "inputs": [tensor_of(value).model_dump() for value in inputs],
        "outputs": [tensor_of(value).model_dump() for value in outputs],
        "external": list(external),
        "concerns": [concern.model_dump() for concern in (*structure, *concerns(proto, operators, dtypes, inputs))],
    }


def tensor_types(path: str) -> dict[str, int]:
    """Elements of weights per dtype."""
    with naming(path, KIND):
        walk = Walk(parse(Path(path)))
        return dict(counted(walk.weights, packed_bits(walk.nodes)))


def counted(weights: Iterable["TensorProto"], packed: dict[str, int]) -> Counter[str]:
    """Elements per dtype; bytes in which ONNX Runtime keeps several weights count as what they hold."""
    dtypes: Counter[str] = Counter()
    for tensor in weights:
        dtype, count = dtype_name(tensor.data_type), elements(tensor, f"the tensor {shown(tensor.name)}")
        bits = packed.get(tensor.name)
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
        raise InputRejected(f"{path}: not an ONNX model, or cut short ({str(problem)[:200]})") from problem
    if not proto.ir_version or not proto.graph.node:
        raise InputRejected(f"{path}: not an ONNX model (no graph with nodes in it)")
    if not proto.graph.output:
        raise InputRejected(f"{path}: the graph has no output")
    return proto


def text(value: str | bytes) -> str:
    """A name. Protobuf gives bytes where a file's string is not UTF-8."""
    if isinstance(value, bytes):
        raise Unsound(f"the name {shown(value)} is not text")
    return value


def given(proto: "ModelProto") -> list["ValueInfoProto"]:
    """Inputs proper: old models list their weights among them, too."""
    initialized = {tensor.name for tensor in proto.graph.initializer}
    initialized |= {sparse.values.name for sparse in proto.graph.sparse_initializer}
    return [value for value in proto.graph.input if value.name not in initialized]


def external_files(tensors: Iterable["TensorProto"], model: Path) -> dict[str, int]:
    """The files beside the model by their locations, and their sizes; all lie in its folder before one is opened.

    Raises:
        InputRejected: outside the folder, not there, no regular file, or not fetched by Git LFS.
    """
    locations: dict[str, Path] = {}
    for tensor in tensors:
        if tensor.data_location == tensor.EXTERNAL:
            named = [text(entry.value) for entry in tensor.external_data if entry.key == "location"]
            if len(named) != 1:
                raise Unsound(f"the tensor {shown(tensor.name)} has {len(named)} external locations")
            if named[0] not in locations:
                locations[named[0]] = check_location(named[0], model)
                check_count(len(locations), "external")
    return {location: size_beside(path, location, model) for location, path in locations.items()}


def size_beside(path: Path, location: str, model: Path) -> int:
    if path == model:
        raise Unsound(f"its weights are said to lie in {shown(location)}, which is the model itself")
    if not path.is_symlink() and not path.exists():
        raise InputRejected(
            f"{model}: weights of it lie in {shown(location)}, which is not there; put that file beside the model "
            "(an export writes both, and neither is whole without the other)"
        )
    with opened(path, sys.maxsize) as stream:
        return stream.seek(0, 2)


def tensor_of(value: "ValueInfoProto") -> Tensor:
    kind = value.type.tensor_type
    if len(kind.shape.dim) > MOST_DIMENSIONS:
        raise Unsound(f"{shown(value.name)} has {len(kind.shape.dim)} dimensions")
    shape = tuple(
        dimension.dim_value if dimension.HasField("dim_value") else text(dimension.dim_param) or None
        for dimension in kind.shape.dim
    )
    return Tensor(name=text(value.name), dtype=dtype_name(kind.elem_type), shape=shape)


def operator_name(node: "NodeProto") -> str:
    operator, domain = text(node.op_type), text(node.domain)
    return operator if domain in ("", "ai.onnx") else f"{domain}.{operator}"


def concerns(
    proto: "ModelProto", operators: Counter[str], dtypes: Counter[str], inputs: list["ValueInfoProto"]
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
        some = ", ".join(name[:80] for name in foreign[:MOST_NAMED]) + (" ..." if len(foreign) > MOST_NAMED else "")
        yield Concern(code="custom-operator", message=f"needs operators that no runtime ships: {some}")
    if QUANTIZED_OPERATORS & operators.keys():
        yield Concern(code="already-quantized", message="holds quantized operators; quantizing again adds error")
    if dtypes["float16"] + dtypes["bfloat16"] > sum(dtypes.values()) / 2:
        yield Concern(code="half-precision", message="weights are half precision; the baseline is not float32")
    if operators.keys() & {"Loop", "Scan"}:
        yield Concern(code="control-flow", message="has loops; run time depends on the data")
    if any(isinstance(size, str) or size is None for value in inputs for size in tensor_of(value).shape[1:]):
        yield Concern(code="dynamic-shape", message="an input has dynamic axes besides the batch")
    if any(has_weights(node) for node in proto.graph.node):
        yield Concern(
            code="constant-weights", message="weights are Constant nodes; quantizers need them as initializers"
        )


def has_weights(node: "NodeProto") -> bool:
    """A Constant node, or one like it."""
    return any(attribute.HasField("t") and attribute.t.ByteSize() > 4096 for attribute in node.attribute)
