"""Each graph, node and tensor of an ONNX model, once and without recursion: no file decides how deep or how long.

Graphs are in nodes' attributes (If, Loop, Scan), in functions and in training; tensors are in all of these.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edgeci.formats.unsound import Unsound, shown

if TYPE_CHECKING:
    from onnx import AttributeProto, FunctionProto, GraphProto, ModelProto, NodeProto, SparseTensorProto, TensorProto

MAXIMUM_DEPTH = 64
MOST_PARTS = 1 << 21
"""Graphs, nodes, attributes, tensors and names together; a step each. Large models have a hundred thousand."""
HOLDERS = frozenset({"t", "tensors", "sparse_tensor", "sparse_tensors", "g", "graphs"})
"""Fields of an attribute in which something lies that must be looked at."""


@dataclass(frozen=True, eq=False)
class Scope:
    """A graph, or a function's body: what it is given, what it does, and what it must give."""

    title: str
    inputs: Sequence[str]
    outputs: Sequence[str]
    nodes: Sequence["NodeProto"]
    weights: Sequence["TensorProto"] = ()
    """Initializers; of sparse ones the values, whose name is the weight's."""
    outer: int | None = None
    """Which scope the node is in that holds this graph."""
    position: int = 0
    """Of that node among its scope's."""
    function: int | None = None
    """Which function of the model this is or lies in."""
    is_closed: bool = True
    """Whether it may take nothing from outside. Training takes what the model has."""


class Walk:
    """What one pass over a model meets.

    Raises:
        Unsound: more parts, or deeper, than models are.
    """

    def __init__(self, proto: "ModelProto") -> None:
        self.left = MOST_PARTS
        self.scopes: list[Scope] = []
        """An outer one before those in it."""
        self.weights: list[TensorProto] = []
        """Initializers and the tensors of Constant nodes."""
        self.others: list[TensorProto] = []
        """Each may name a file, too."""
        self.sparse: list[SparseTensorProto] = []
        self.waiting: list[tuple[Scope, int]] = []
        for scope in self.roots(proto):
            self.waiting.append((scope, 0))
        while self.waiting:
            self.visit(*self.waiting.pop())

    @property
    def nodes(self) -> Iterator["NodeProto"]:
        return (node for scope in self.scopes for node in scope.nodes)

    @property
    def tensors(self) -> Iterator["TensorProto"]:
        yield from self.weights
        yield from self.others

    def roots(self, proto: "ModelProto") -> Iterator[Scope]:
        """The graph, the functions, the training."""
        self.count(len(proto.functions) + len(proto.training_info))
        yield self.graph(proto.graph, "the graph")
        for number, function in enumerate(proto.functions):
            yield self.body(function, number)
        for training in proto.training_info:
            yield self.graph(training.initialization, "the training's initialization", is_closed=False)
            yield self.graph(training.algorithm, "the training's algorithm", is_closed=False)

    def graph(self, graph: "GraphProto", title: str, **place: "int | bool | None") -> Scope:
        self.count(len(graph.node) + len(graph.input) + len(graph.output))
        self.count(len(graph.initializer) + len(graph.sparse_initializer))
        self.sparse += graph.sparse_initializer
        self.others += [sparse.indices for sparse in graph.sparse_initializer]
        weights = [*graph.initializer, *(sparse.values for sparse in graph.sparse_initializer)]
        self.weights += weights
        inputs, outputs = ([value.name for value in values] for values in (graph.input, graph.output))
        return Scope(title, inputs, outputs, list(graph.node), weights, **place)  # type: ignore[arg-type]

    def body(self, function: "FunctionProto", number: int) -> Scope:
        title = f"the function {shown(function.name)}"
        self.count(len(function.node) + len(function.input) + len(function.output) + len(function.attribute_proto))
        for default in function.attribute_proto:
            for inner in self.attribute(default, is_weight=False):
                self.waiting.append((self.graph(inner, f"a default of {title}", is_closed=False), 1))
        return Scope(title, list(function.input), list(function.output), list(function.node), function=number)

    def visit(self, scope: Scope, depth: int) -> None:
        """The graphs in its nodes wait for their turn."""
        outer = len(self.scopes)
        self.scopes.append(scope)
        for position, node in enumerate(scope.nodes):
            self.count(len(node.attribute) + len(node.input) + len(node.output))
            title = f"a graph in the node {shown(node.name or node.op_type)}"
            for attribute in node.attribute:
                for inner in self.attribute(attribute, is_weight=node.op_type == "Constant"):
                    if depth >= MAXIMUM_DEPTH:
                        raise Unsound(f"graphs nested deeper than {MAXIMUM_DEPTH}")
                    place = {"outer": outer, "position": position, "function": scope.function}
                    self.waiting.append((self.graph(inner, title, **place), depth + 1))

    def attribute(self, attribute: "AttributeProto", is_weight: bool) -> Iterator["GraphProto"]:
        """Note its tensors; the graphs in it. Its type is not asked: it may lie."""
        held = {field.name: value for field, value in attribute.ListFields() if field.name in HOLDERS}
        if not held:
            return
        tensors = [*held.get("tensors", ()), *([held["t"]] if "t" in held and not is_weight else [])]
        sparse = [*held.get("sparse_tensors", ()), *([held["sparse_tensor"]] if "sparse_tensor" in held else [])]
        graphs = [*held.get("graphs", ()), *([held["g"]] if "g" in held else [])]
        self.count(len(tensors) + len(sparse) + len(graphs))
        self.weights += [held["t"]] if "t" in held and is_weight else []
        self.others += tensors
        self.note_sparse(sparse)
        yield from graphs

    def note_sparse(self, tensors: Iterable["SparseTensorProto"]) -> None:
        for tensor in tensors:
            self.sparse.append(tensor)
            self.others += (tensor.values, tensor.indices)

    def count(self, parts: int) -> None:
        self.left -= parts
        if self.left < 0:
            raise Unsound(f"more than {MOST_PARTS} nodes, attributes, tensors and names; no model has as many")
