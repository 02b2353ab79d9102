"""Parse YAML that somebody else may have written: of bounded size, and only what JSON could say as well.

PyYAML's safe loader runs no code, but nine lines of aliases make it take gigabytes, and it fails in its own ways on
keys that are lists, on dates that no calendar has and on numbers that are none. A date stays the text that it is.
"""

import math
from dataclasses import dataclass, field
from typing import NoReturn

import yaml
from pydantic import JsonValue
from yaml.reader import ReaderError

from edgeci.errors import ConfigError, InputRejected
from edgeci.types.bounds import is_writable

Location = tuple[str | int, ...]
"""Of a value: the keys and indices that lead to it."""
Marks = dict[Location, tuple[int, int]]
"""The line and the column, from 1, of every key and every item."""

MOST_BYTES = 2**20
MOST_NODES = 20_000
"""An aliased one counts as often as it is meant: a few aliases can stand for more than any machine can walk."""
MOST_DEPTH = 50
LONGEST_KEY = 1024
LONGEST_NUMBER = 100
"""Characters; Python itself refuses to read numbers of 5,000 digits, and float64 is at its end after 309."""

TAG = "tag:yaml.org,2002:"
TEXT, MERGE, TIMESTAMP = f"{TAG}str", f"{TAG}merge", f"{TAG}timestamp"
NUMBERS = frozenset({f"{TAG}int", f"{TAG}float"})
SCALARS = NUMBERS | {TEXT, f"{TAG}bool", f"{TAG}null"}
PROBLEMS = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What PyYAML raises besides its own errors: for `!!int x`, for "\\U00FFFFFF", for `%YAML 1.` with 5,000 digits."""


class Loader(yaml.SafeLoader):
    """The safe loader, which stops at a limit instead of composing everything first."""

    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != TIMESTAMP]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def __init__(self, text: str, source: str) -> None:
        self.source, self.nodes, self.depth = source, 0, 0
        super().__init__(text)

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        self.nodes += 1
        self.depth += 1
        refuse_beyond(self.nodes, self.depth, self.source)
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def refuse_beyond(nodes: int, depth: int, source: str) -> None:
    if nodes > MOST_NODES:
        raise InputRejected(f"{source}: stands for more than {MOST_NODES} values")
    if depth > MOST_DEPTH:
        raise InputRejected(f"{source}: nested more than {MOST_DEPTH} deep")


def parsed(content: bytes, source: str) -> tuple[JsonValue, Marks]:
    """The value that a YAML document is, and where everything in it stands.

    Raises:
        ConfigError: not UTF-8, not YAML, a key twice or not text, or a value that JSON could not hold.
        InputRejected: larger, deeper or of more values than any configuration.
    """
    if len(content) > MOST_BYTES:
        raise InputRejected(f"{source}: larger than {MOST_BYTES} bytes")
    text = decoded(content, source)
    try:
        return built(Loader(text, source))
    except yaml.MarkedYAMLError as problem:
        complain(source, problem.problem_mark or problem.context_mark, problem.problem or problem.context)
    except ReaderError as problem:
        before = text[: problem.position]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise ConfigError(f"{source}:{line}:{column}: not YAML: {problem.reason}") from problem


def decoded(content: bytes, source: str) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise ConfigError(f"{source}: cannot be read: {problem}") from problem


def built(loader: Loader) -> tuple[JsonValue, Marks]:
    """Composed once: the nodes are checked, and the value is made from the same nodes."""
    try:
        node = loader.get_single_node()
        if node is None:
            return None, {(): (1, 1)}
        walk = Walk(loader)
        walk.visit(node, ())
        return loader.construct_document(node), walk.marks
    except PROBLEMS as problem:
        complain(loader.source, loader.get_mark(), str(problem))


def complain(source: str, mark: yaml.Mark | None, problem: str | None) -> NoReturn:
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    raise ConfigError(f"{source}:{line}:{column}: not YAML: {(problem or 'unreadable')[:200]}")


@dataclass
class Walk:
    """Checks nodes, an aliased one as often as it is meant, and notes where each stands."""

    loader: Loader
    marks: Marks = field(default_factory=lambda: {(): (1, 1)})
    nodes: int = 0

    def visit(self, node: yaml.Node, location: Location) -> None:
        self.nodes += 1
        refuse_beyond(self.nodes, len(location), self.loader.source)
        match node:
            case yaml.MappingNode(tag="tag:yaml.org,2002:map"):
                for key, value in node.value:
                    self.visit(value, self.inside(location, key))
            case yaml.SequenceNode(tag="tag:yaml.org,2002:seq"):
                for index, value in enumerate(node.value):
                    self.marks[*location, index] = place(value)
                    self.visit(value, (*location, index))
            case yaml.ScalarNode(tag=tag) if tag in SCALARS:
                self.check(node)
            case _:
                self.refuse(node, f"the tag {node.tag.replace(TAG, '!!')[:80]!r} has no meaning here")

    def inside(self, location: Location, key: yaml.Node) -> Location:
        """The location of a key's value; the key is text, and is given once."""
        if not isinstance(key, yaml.ScalarNode) or key.tag not in (TEXT, MERGE):
            self.refuse(key, "a key must be text; put it in quotes, or leave it out")
        if key.tag == TEXT:
            self.check(key)
        if len(key.value) > LONGEST_KEY:
            self.refuse(key, f"a key of more than {LONGEST_KEY} characters")
        inside = (*location, key.value)
        if inside in self.marks:
            self.refuse(key, f"{key.value!r} is given twice (first in line {self.marks[inside][0]})")
        self.marks[inside] = place(key)
        return inside

    def check(self, node: yaml.ScalarNode) -> None:
        if not is_writable(node.value):
            self.refuse(node, "a text with NUL or with half of a character, which no file could hold")
        if node.tag in NUMBERS and len(node.value) > LONGEST_NUMBER:
            self.refuse(node, f"a number of more than {LONGEST_NUMBER} characters")
        try:
            value = self.loader.construct_object(node)
        except PROBLEMS:
            self.refuse(node, f"{node.value[:80]!r} is no {node.tag.removeprefix(TAG)}")
        if isinstance(value, float) and not math.isfinite(value):
            self.refuse(node, f"{node.value!r} is not a finite number")

    def refuse(self, node: yaml.Node, reason: str) -> NoReturn:
        line, column = place(node)
        raise ConfigError(f"{self.loader.source}:{line}:{column}: {reason}")


def place(node: yaml.Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1
