"""Read an ONNX file's header and graph: no weights of external data, no inference, no checker.

The checker and shape inference can be made to hang by a small file; this walk visits each node once and bounds depth.
"""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from edgeci.errors import InputRejected
from edgeci.formats.answer import Answer, bounded, check_count
from edgeci.formats.onnx_concerns import concerns
from edgeci.formats.onnx_structure import check_structure
from edgeci.formats.onnx_tensors import check_sparse, check_tensor
from edgeci.formats.onnx_values import given, operator_name, tensor_of, text
from edgeci.formats.onnx_walk import Walk
from edgeci.formats.onnx_weights import counted, external_files, packed_bits
from edgeci.formats.unsound import naming

if TYPE_CHECKING:
    from onnx import ModelProto

KIND = "ONNX model"
LONGEST_PRODUCER = 255


def read(path: str) -> Answer:
    """What stands in the file.

    Raises:
        InputRejected: not an ONNX model, damaged, nested too deeply, with data that are not as many as it says, with a
            graph that cannot be computed, or with external data that are missing or outside its folder.
    """
    with naming(path, KIND):
        return bounded(answer(parse(Path(path)), Path(path)))


def answer(proto: "ModelProto", path: Path) -> Answer:
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
    return Answer(
        format="onnx",
        producer=f"{text(proto.producer_name)} {text(proto.producer_version)}".strip()[:LONGEST_PRODUCER],
        parameters=sum(dtypes.values()),
        parameter_dtypes=dict(sorted(dtypes.items())),
        opsets={text(entry.domain) or "ai.onnx": entry.version for entry in proto.opset_import},
        operators=dict(sorted(operators.items())),
        inputs=tuple(map(tensor_of, inputs)),
        outputs=tuple(map(tensor_of, outputs)),
        external=tuple(external),
        concerns=(*structure, *concerns(proto, operators, dtypes, inputs)),
    )


def tensor_types(path: str) -> dict[str, int]:
    """Elements of weights per dtype."""
    with naming(path, KIND):
        walk = Walk(parse(Path(path)))
        return dict(counted(walk.weights, packed_bits(walk.nodes)))


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
