"""ONNX graphs that cannot be computed, one fault a row, and those that look odd and can be."""

from pathlib import Path

import numpy as np
import pytest
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, helper

from tests.formats.onnx_lies import Build, codes, node, refusal, sparse, with_nodes
from tests.models import onnx_models as models


def rewired(position: int, name: str) -> ModelProto:
    """linear(), a node of which takes something else."""
    proto = models.linear()
    proto.graph.node[position].input[0] = name
    return proto


def branch(*nodes: NodeProto, gives: str = "b") -> GraphProto:
    return helper.make_graph(
        list(nodes), "branch", [], [helper.make_tensor_value_info(gives, TensorProto.FLOAT, None)]
    )  # fmt: skip


def choosing(inner: GraphProto, *nodes: NodeProto) -> ModelProto:
    """An If with the same branch twice, and nodes around it."""
    choice = node("If", ["yes"], ["y"], then_branch=inner, else_branch=inner)
    return models.model([*nodes, choice], [models.tensor("yes", np.bool_(True))])


def calling(*functions: tuple[str, list[str]]) -> ModelProto:
    """Functions that call others, one after the other; the graph calls the first."""
    proto = models.model([node("F0", ["x"], ["y"], domain="own")], opsets=[helper.make_opsetid("own", 1)])
    for name, called in functions:
        names = ["a", *(f"v{step}" for step in range(len(called) - 1)), "b"]
        body = [node(one, [names[i]], [names[i + 1]], domain="own") for i, one in enumerate(called)]
        proto.functions.append(helper.make_function("own", name, ["a"], ["b"], body, [helper.make_opsetid("own", 1)]))
    return proto


def twice_given(field: str) -> ModelProto:
    proto = models.linear()
    entries = getattr(proto.graph, field)
    entries.append(entries[0])
    return proto


def later(inner: GraphProto) -> ModelProto:
    """An If whose branch takes what is made from its own answer."""
    proto = choosing(inner)
    proto.graph.node.append(node("Relu", ["y"], ["after"]))
    return proto


BROKEN_GRAPHS: dict[str, tuple[Build, str]] = {
    "a node that takes its own output": (
        lambda: rewired(1, "h1"),
        "the graph: its nodes need each other in a circle (a 'Relu' node, a 'Relu' node)",
    ),
    "a circle of three": (lambda: rewired(0, "y"), "need each other in a circle (a "),
    "a circle through a branch": (lambda: later(branch(node("Relu", ["after"], ["b"]))), "in a circle"),
    "two nodes that make one name": (
        lambda: with_nodes(node("Relu", ["x"], ["h0"], name="second")),
        "'h0' is made by the 'Relu' node 'second' and is another node's",
    ),
    "a node that makes one name twice": (lambda: with_nodes(node("Split", ["x"], ["p", "p"])), "'p' is made by"),
    "a node that makes a weight": (lambda: with_nodes(node("Relu", ["x"], ["w0"])), "and is an input or a weight's"),
    "a node that makes an input": (lambda: with_nodes(node("Relu", ["h0"], ["x"])), "and is an input or a weight's"),
    "two inputs of one name": (lambda: twice_given("input"), "the graph has two inputs 'x'"),
    "an input that nothing makes": (
        lambda: rewired(0, "ghost"),
        "the graph: a 'MatMul' node takes 'ghost', which nothing makes",
    ),
    "an output that nothing makes": (
        lambda: models.model([node("Relu", ["x"], ["z"])]),
        "the graph: nothing makes its output 'y'",
    ),
    "a branch that takes what nothing makes": (
        lambda: choosing(branch(node("Relu", ["ghost"], ["b"]))),
        "a 'If' node takes 'ghost', which nothing makes",
    ),
    "a name of another branch": (
        lambda: choosing(branch(node("Relu", ["x"], ["b"])), node("Relu", ["b"], ["c"])),
        "a 'Relu' node takes 'b', which nothing makes",
    ),
    "a doubled name in a branch": (
        lambda: choosing(branch(node("Relu", ["x"], ["b"]), node("Relu", ["x"], ["b"]))),
        "a graph in the node 'If': 'b' is made by a 'Relu' node and is another node's",
    ),
    "a function that takes what the graph has": (
        lambda: models.with_function([node("Add", ["a", "x"], ["b"])]),
        "the function 'Own': a 'Add' node takes 'x', which nothing makes",
    ),
    "a function that calls itself": (lambda: calling(("F0", ["F0"])), "call each other in a circle ('F0', 'F0')"),
    "functions that call each other": (
        lambda: calling(("F0", ["F1"]), ("F1", ["F2"]), ("F2", ["F0"])),
        "functions call each other in a circle ('F",
    ),
    "a function that calls itself in a branch": (
        lambda: models.with_function([
            node("If", ["a"], ["b"], then_branch=branch(node("Own", ["a"], ["b"], domain="com.example")))
        ]),
        "functions call each other in a circle ('Own', 'Own')",
    ),
    "a function that is defined twice": (lambda: calling(("F0", ["Relu"]), ("F0", ["Relu"])), "'F0' is defined twice"),
    "functions that grow without end": (
        lambda: calling(*((f"F{step}", [f"F{step + 1}"] * 2) for step in range(40))),
        "more than 16777216 nodes once its functions are called",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN_GRAPHS)
def test_a_graph_that_cannot_be_computed_is_refused(name: str, tmp_path: Path) -> None:
    build, reason = BROKEN_GRAPHS[name]
    assert reason in refusal(build(), tmp_path)


def unsorted() -> ModelProto:
    proto = models.linear()
    nodes = list(proto.graph.node)
    del proto.graph.node[:]
    proto.graph.node.extend(reversed(nodes))
    return proto


def captured_later() -> ModelProto:
    """A branch that takes what a node after the If makes."""
    proto = choosing(branch(node("Relu", ["late"], ["b"])))
    proto.graph.node.append(node("Relu", ["x"], ["late"]))
    return proto


def scanning() -> ModelProto:
    """A body that has inputs and outputs of its own and takes a weight of the outer graph."""
    info = helper.make_tensor_value_info
    body = helper.make_graph(
        [node("Add", ["state", "step"], ["sum"]), node("MatMul", ["sum", "w"], ["next"])],
        "body",
        [info("state", TensorProto.FLOAT, [64]), info("step", TensorProto.FLOAT, [64])],
        [info("sum", TensorProto.FLOAT, [64]), info("next", TensorProto.FLOAT, [64])],
    )
    scan = node("Scan", ["zero", "x"], ["last", "y"], body=body, num_scan_inputs=1)
    zeros = [models.tensor("zero", np.zeros(64, np.float32)), models.tensor("w", models.weights(64, 64))]
    return models.model([scan], zeros)


def made_by_sparse() -> ModelProto:
    proto = sparse(3, [3], [64, 96])
    proto.graph.node[0].input[1] = "thin"
    return proto


SOUND_GRAPHS: dict[str, tuple[Build, set[str]]] = {
    "nodes out of order": (unsorted, {"unsorted-nodes"}),
    "a branch that takes what comes later": (captured_later, {"unsorted-nodes"}),
    "a weight given twice": (lambda: twice_given("initializer"), {"doubled-weight"}),
    "an output given twice": (lambda: twice_given("output"), set()),
    "an input left out": (lambda: with_nodes(node("Clip", ["x", "", "w0"], ["c"])), set()),
    "an output left out": (lambda: with_nodes(node("Split", ["x"], ["", ""])), set()),
    "an input that is an output": (lambda: models.model([node("Relu", ["x"], ["y"])]), set()),
    "a branch that takes names from outside": (
        lambda: choosing(branch(node("Add", ["x", "v"], ["b"])), node("Relu", ["x"], ["v"])),
        set(),
    ),
    "a branch that passes an outer value on": (lambda: choosing(branch(gives="x")), set()),
    "a name that a branch has for itself": (
        lambda: choosing(branch(node("Relu", ["x"], ["v"]), gives="v"), node("Relu", ["x"], ["v"])),
        set(),
    ),
    "branches within branches": (
        lambda: choosing(
            branch(node("If", ["yes"], ["b"], then_branch=branch(node("Relu", ["v"], ["b"])))),
            node("Relu", ["x"], ["v"]),
        ),
        set(),
    ),
    "a scan": (scanning, {"control-flow"}),
    "a loop": (lambda: models.looping(3), {"control-flow"}),
    "a sparse weight": (made_by_sparse, set()),
    "functions that call functions": (lambda: calling(("F0", ["F1", "F1"]), ("F1", ["F2"]), ("F2", ["Relu"])), set()),
    "a function with a constant": (
        lambda: models.with_function([
            node("Constant", [], ["w"], value=models.tensor("w", models.weights(64, 10))),
            node("MatMul", ["a", "w"], ["b"]),
        ]),
        set(),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SOUND_GRAPHS)
def test_a_graph_that_runtimes_compute_is_let_in(name: str, tmp_path: Path) -> None:
    build, expected = SOUND_GRAPHS[name]
    assert codes(build(), tmp_path) == expected


def test_training_may_take_what_the_model_has(tmp_path: Path) -> None:
    proto = models.linear()
    proto.training_info.add().algorithm.node.append(node("Gradient", ["w0", "x"], ["slope"]))
    assert codes(proto, tmp_path) == set()


def test_a_chain_of_any_length_is_followed_without_recursion(tmp_path: Path) -> None:
    """Backwards, so that it has to be sorted."""
    steps = 5000
    nodes = [node("Relu", [f"v{step}"], [f"v{step + 1}"]) for step in reversed(range(steps))]
    ends = [node("Relu", [f"v{steps}"], ["y"]), node("Relu", ["x"], ["v0"])]
    assert codes(models.model([*nodes, *ends]), tmp_path) == {"unsorted-nodes"}


def test_functions_are_called_no_deeper_than_they_can_be_counted(tmp_path: Path) -> None:
    """A chain of calls that recursion would not survive."""
    chain = calling(*((f"F{step}", [f"F{step + 1}"]) for step in range(3000)))
    assert codes(chain, tmp_path) == set()
