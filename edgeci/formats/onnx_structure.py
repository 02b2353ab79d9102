"""Whether an ONNX graph can be computed: every name is made once and before it is needed, and no function calls itself.

Runtimes sort the nodes themselves and take the last of two initializers, so those are concerns; a circle is none.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from edgeci.formats.onnx_walk import Scope, Walk
from edgeci.formats.unsound import Unsound, shown
from edgeci.types import Concern

if TYPE_CHECKING:
    from onnx import FunctionProto, ModelProto, NodeProto

MOST_INLINED = 1 << 24
"""Nodes, once each call is replaced by the function's body. Twenty functions that call the next twice make 2^20."""
Identity = tuple[str, str, str]
"""A function's domain, name and overload."""


def check_structure(walk: Walk, proto: "ModelProto") -> Iterator[Concern]:
    """What runtimes mend themselves, as concerns.

    Raises:
        Unsound: what they cannot.
    """
    check_calls(walk, proto)
    borrowed: dict[tuple[int, int], set[str]] = defaultdict(set)
    unsorted, doubled = False, False
    for number in reversed(range(len(walk.scopes))):  # inner graphs first: what they take, their node needs
        scope = walk.scopes[number]
        makers = makers_of(scope)
        needs = [
            {name for name in node.input if name} | borrowed.pop((number, position), set())
            for position, node in enumerate(scope.nodes)
        ]
        weights = {weight.name for weight in scope.weights}
        foreign = set().union(*needs, scope.outputs) - makers.keys() - weights - set(scope.inputs)
        if scope.outer is not None:
            borrowed[scope.outer, scope.position] |= foreign
        elif foreign and scope.is_closed:
            refuse_foreign(scope, needs, foreign)
        if not is_sorted(needs, makers):
            check_acyclic(scope, needs, makers)
            unsorted = True
        doubled = doubled or len(weights) < len(scope.weights)
    if unsorted:
        yield Concern(code="unsorted-nodes", message="its nodes are not in the order that ONNX asks for; runtimes sort")
    if doubled:
        yield Concern(
            code="doubled-weight", message="two of its weights have the same name; runtimes take the last one"
        )


def makers_of(scope: Scope) -> dict[str, int]:
    """Name -> the node that makes it.

    Raises:
        Unsound: a name has two makers.
    """
    given = set(scope.inputs)
    if len(given) < len(scope.inputs):
        twice = next(name for name, count in Counter(scope.inputs).items() if count > 1)
        raise Unsound(f"{scope.title} has two inputs {shown(twice)}")
    given.update(weight.name for weight in scope.weights)
    makers: dict[str, int] = {}
    for position, node in enumerate(scope.nodes):
        for name in node.output:
            if name and (name in makers or name in given):
                other = "another node" if name in makers else "an input or a weight"
                raise Unsound(f"{scope.title}: {shown(name)} is made by {title(node)} and is {other}'s")
            if name:
                makers[name] = position
    return makers


def refuse_foreign(scope: Scope, needs: list[set[str]], foreign: set[str]) -> None:
    """Name the first that nothing makes."""
    for node, names in zip(scope.nodes, needs, strict=True):
        if missing := sorted(map(shown, names & foreign)):
            raise Unsound(f"{scope.title}: {title(node)} takes {missing[0]}, which nothing makes")
    raise Unsound(f"{scope.title}: nothing makes its output {min(map(shown, foreign))}")


def is_sorted(needs: list[set[str]], makers: dict[str, int]) -> bool:
    return all(makers.get(name, -1) < position for position, names in enumerate(needs) for name in names)


def check_acyclic(scope: Scope, needs: list[set[str]], makers: dict[str, int]) -> None:
    graph = {position: {makers[name] for name in names if name in makers} for position, names in enumerate(needs)}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as problem:
        circle = [title(scope.nodes[position]) for position in problem.args[1][:4]]
        raise Unsound(f"{scope.title}: its nodes need each other in a circle ({', '.join(circle)})") from None


def title(node: "NodeProto") -> str:
    return f"the {shown(node.op_type)} node {shown(node.name)}" if node.name else f"a {shown(node.op_type)} node"


def check_calls(walk: Walk, proto: "ModelProto") -> None:
    """Whether replacing each call by the function's body comes to an end, and soon.

    Raises:
        Unsound: a function is there twice, calls itself through whichever others, or grows beyond all models.
    """
    functions = [identity(function) for function in proto.functions]
    if len(set(functions)) < len(functions):
        twice = next(name for name, count in Counter(functions).items() if count > 1)
        raise Unsound(f"the function {shown(twice[1])} is defined twice")
    numbers = {name: number for number, name in enumerate(functions)}
    calls: dict[int | None, Counter[int]] = {number: Counter() for number in (None, *numbers.values())}
    sizes: Counter[int | None] = Counter()
    for scope in walk.scopes:
        sizes[scope.function] += len(scope.nodes)
        called = (numbers.get((node.domain, node.op_type, getattr(node, "overload", ""))) for node in scope.nodes)
        calls[scope.function].update(number for number in called if number is not None)
    try:
        order = list(TopologicalSorter(calls).static_order())
    except CycleError as problem:
        circle = ", ".join(shown(functions[number][1]) for number in problem.args[1][:4])
        raise Unsound(f"its functions call each other in a circle ({circle})") from None
    for caller in order:
        inlined = sizes[caller] + sum(count * sizes[callee] for callee, count in calls[caller].items())
        sizes[caller] = min(inlined, MOST_INLINED + 1)
    if sizes[None] > MOST_INLINED:
        raise Unsound(f"more than {MOST_INLINED} nodes once its functions are called; no model has as many")


def identity(function: "FunctionProto") -> Identity:
    """(Overloads are newer than functions.)"""
    return function.domain, function.name, getattr(function, "overload", "")
