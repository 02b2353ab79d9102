"""Lies told by names: an operator, a gate, a label that a log on GitHub would obey, and files whose counts lie."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from edgeci.config import Limits
from edgeci.errors import EdgeciError
from edgeci.isolation.process import ask_once
from edgeci.reports.characters import inert, one_line
from edgeci.saboteurs.saboteur import Saboteur

if TYPE_CHECKING:
    from onnx import GraphProto

LIMITS = Limits(timeout_seconds=60, memory_mb=2048)
OBEYED = re.compile(r"^\s*::|##\[|[\r\n\x1b]")
"""What GitHub's runner takes for a command (actions/runner, ActionCommand.cs), and what a terminal does."""


def saboteurs() -> Iterator[Saboteur]:
    """Every name that commands, and every graph that lies about itself."""
    for name, words in NAMES.items():
        yield Saboteur("words", name, said(words))
    for name in GRAPHS:
        yield Saboteur("graphs", name, read_by_a_worker(name))


def said(words: str) -> Callable[[Path], str | None]:
    def attempt(folder: Path) -> str | None:
        line = inert(one_line(words))
        return None if OBEYED.search(line) else f"written as {line}"

    return attempt


def read_by_a_worker(name: str) -> Callable[[Path], str | None]:
    def attempt(folder: Path) -> str | None:
        try:
            ask_once(f"{__name__}:read_graph", LIMITS, name=name, folder=str(folder))
        except EdgeciError as problem:
            return str(problem)
        return None

    return attempt


def read_graph(name: str, folder: str) -> None:
    """Builds a graph of one product, spoils it and reads it as a model's; runs in a worker."""
    import onnx
    from onnx import helper

    from edgeci.formats.onnx import read

    x, y = (helper.make_tensor_value_info(each, onnx.TensorProto.FLOAT, [1, 2]) for each in "xy")
    weights = helper.make_tensor("weights", onnx.TensorProto.FLOAT, [2, 2], bytes(16), raw=True)
    graph = helper.make_graph([helper.make_node("MatMul", ["x", "weights"], ["y"])], "graph", [x], [y], [weights])
    GRAPHS[name](graph)
    path = Path(folder) / "model.onnx"
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
NAMES = {
    "an operator that sets an output": "Relu\n::set-output name=outcome::passed",
    "a gate that stops the commands": "accuracy\r::stop-commands::y",
    "a label that annotates": "::notice ::all is well",
    "a label of the old kind": "int8 ##[command]passed",
    "a label that paints the terminal": "int8\x1b[2K\x1b[1Apassed",
}
