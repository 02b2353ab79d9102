"""Lies told by ONNX files: counts that nothing stands behind, and graphs that cannot be computed."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from edgeci.config import Limits
from edgeci.errors import BackendFailed, InputRejected
from edgeci.isolation.process import Worker, ask_once
from edgeci.saboteurs.saboteur import Saboteur

if TYPE_CHECKING:
    from onnx import GraphProto

LIMITS = Limits(timeout_seconds=60, memory_mb=2048)


def saboteurs() -> Iterator[Saboteur]:
    """Every graph that lies about itself."""
    for name in GRAPHS:
        yield Saboteur("graphs", name, read_by_a_worker(name))


def read_by_a_worker(name: str) -> Callable[[Path], str | None]:
    """Only a refusal of the file counts: a worker that fails for another reason has caught nobody."""

    def attempt(folder: Path) -> str | None:
        try:
            ask_once(Worker(LIMITS), read_graph, name, folder)
        except InputRejected as problem:
            return str(problem)
        return None

    return attempt


def read_graph(name: str, folder: Path) -> None:
    """Builds a graph of one product and reads it as a model's, honest and then spoiled; runs in a worker.

    Raises:
        BackendFailed: the honest one is refused, so nothing would be proved.
        InputRejected: the spoiled one is.
    """
    import onnx
    from onnx import helper

    from edgeci.formats.onnx import read

    x, y = (helper.make_tensor_value_info(each, onnx.TensorProto.FLOAT, [1, 2]) for each in "xy")
    weights = helper.make_tensor("weights", onnx.TensorProto.FLOAT, [2, 2], bytes(16), raw=True)
    graph = helper.make_graph([helper.make_node("MatMul", ["x", "weights"], ["y"])], "graph", [x], [y], [weights])
    path = folder / "model.onnx"
    path.write_bytes(helper.make_model(graph).SerializeToString())
    try:
        read(str(path))
    except InputRejected as problem:
        raise BackendFailed(f"the honest graph is refused: {problem}") from problem
    GRAPHS[name](graph)
    path.write_bytes(helper.make_model(graph).SerializeToString())
    read(str(path))


def claim_a_terabyte(graph: "GraphProto") -> None:
    graph.initializer[0].dims[:] = [2**40]


def turn_in_a_circle(graph: "GraphProto") -> None:
    graph.node[0].input[0] = graph.node[0].output[0]


def answer_twice(graph: "GraphProto") -> None:
    graph.node.append(graph.node[0])


GRAPHS: dict[str, Callable[["GraphProto"], None]] = {
    "16 bytes called a terabyte": claim_a_terabyte,
    "a node that waits for itself": turn_in_a_circle,
    "two nodes with one output": answer_twice,
}
