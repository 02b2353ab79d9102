"""What the value of an option can be. Nothing is converted: "false" is no flag, and neither is 1."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pydantic import JsonValue


@dataclass(frozen=True, eq=False)
class Kind:
    """A kind of value, as a person says it, as JSON Schema does, and as it is checked."""

    words: str
    schema: Mapping[str, JsonValue]
    fits: Callable[[JsonValue], bool]
    strangers: tuple[JsonValue, ...]
    """Values that look like one of the kind and are none, for those who try whether they are refused."""


def is_whole(value: JsonValue) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: JsonValue) -> bool:
    """Finite; a whole number is one."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def is_a_name(value: JsonValue) -> bool:
    return isinstance(value, str) and bool(value)


def are_names(value: JsonValue) -> bool:
    return isinstance(value, list) and bool(value) and all(map(is_a_name, value))


FLAG = Kind("true or false", {"type": "boolean"}, lambda value: isinstance(value, bool), ("false", 1))
WHOLE = Kind("a whole number", {"type": "integer"}, is_whole, ("32", True, 32.5))
NUMBER = Kind("a number", {"type": "number"}, is_number, ("0.5", True))
TEXT = Kind("a name", {"type": "string", "minLength": 1}, is_a_name, (1, True, ["a"]))
NAMES = Kind(
    "a list of names",
    {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1},
    are_names,
    ("no-such-name", [1], []),
)
MAPPING = Kind(
    "a mapping with something in it",
    {"type": "object", "minProperties": 1},
    lambda value: isinstance(value, dict) and bool(value),
    ("a", ["a"], {}),
)
ANYTHING = Kind("anything", {}, lambda value: True, ())
"""What a framework alone can judge."""


def names_by(*keys: str) -> Kind:
    """A mapping from some of these keys to lists of names."""
    return Kind(
        f"a mapping from {', '.join(keys[:-1])} or {keys[-1]} to lists of names",
        {**MAPPING.schema, "properties": {key: dict(NAMES.schema) for key in keys}, "additionalProperties": False},
        lambda value: isinstance(value, dict) and {*value} <= {*keys} and all(map(are_names, value.values())),
        ("a", {"no-such-key": ["a"]}, {keys[0]: "a"}),
    )
