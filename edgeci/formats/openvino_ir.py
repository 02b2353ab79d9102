"""Read an OpenVINO IR's model.xml without OpenVINO and without its weights: of the .bin beside it only the size."""

import sys
from collections.abc import Iterator
from pathlib import Path

from edgeci.errors import InputRejected
from edgeci.formats.answer import Answer, bounded
from edgeci.formats.half_precision import half_precision
from edgeci.formats.openvino_graph import Graph
from edgeci.formats.unsound import naming
from edgeci.regular_files import opened
from edgeci.types import Concern

KIND = "OpenVINO IR"
QUANTIZED = ("int8", "uint8", "int4", "uint4", "nf4", "f8e4m3", "f8e5m2")
STATEFUL = ("ReadValue", "Assign")


def read(path: str) -> Answer:
    """What stands in the file.

    Raises:
        InputRejected: not an IR, damaged, more of it than models have, or the .bin beside it is not there or too small
            for the weights.
    """
    with naming(path, KIND):
        return bounded(answer(Graph(path), Path(path)))


def answer(graph: Graph, path: Path) -> Answer:
    return Answer(
        format="openvino_ir",
        producer=graph.producer[:200],
        parameters=sum(graph.dtypes.values()),
        parameter_dtypes=dict(sorted(graph.dtypes.items())),
        opsets={"openvino": graph.version},
        operators=dict(sorted(graph.operators.items())),
        inputs=tuple(graph.inputs),
        outputs=tuple(graph.outputs),
        external=tuple(weights_file(path, graph.weight_bytes)),
        concerns=tuple(concerns(graph)),
    )


def parameter_dtypes(xml_path: str | Path) -> dict[str, int]:
    """Elements of constants per dtype, those in bodies of loops and branches included.

    Raises:
        InputRejected: not an IR, damaged, or with a document type.
    """
    with naming(xml_path, KIND):
        return dict(sorted(Graph(xml_path).dtypes.items()))


def weights_file(xml: Path, needed: int) -> list[str]:
    """The .bin that OpenVINO looks for beside the .xml, if any constant is in it.

    Raises:
        InputRejected: it is not there, no regular file, not fetched by Git LFS, or smaller than the constants say.
    """
    if not needed:
        return []
    path = xml.with_suffix(".bin")
    if not path.is_symlink() and not path.exists():
        raise InputRejected(
            f"{xml}: its weights, {path.name}, are not beside it; put that file there (a converter writes both)"
        )
    with opened(path, sys.maxsize) as stream:
        size = stream.seek(0, 2)
    if size < needed:
        raise InputRejected(f"{path}: {size} bytes, but the weights end at byte {needed} (cut short?)")
    return [path.name]


def concerns(graph: Graph) -> Iterator[Concern]:
    """What a backend, or a person, should know before anything is tried."""
    if "FakeQuantize" in graph.operators or sum(graph.dtypes[name] for name in QUANTIZED) > graph.dtypes["float32"]:
        yield Concern(code="already-quantized", message="holds quantized weights; quantizing again adds error")
    yield from half_precision(graph.dtypes)
    if graph.operators.keys() & set(STATEFUL):
        yield Concern(code="stateful", message="keeps a state from one inference to the next, which is never reset")
    if graph.operators.keys() & {"Loop", "TensorIterator"}:
        yield Concern(code="control-flow", message="has loops; run time depends on the data")
    if any(size is None for tensor in graph.inputs for size in (tensor.shape or ())[1:]):
        yield Concern(code="dynamic-shape", message="an input has dynamic axes besides the batch")
