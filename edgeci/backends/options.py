"""Options of a backend's methods: an option is one row, and all that is said or checked of it comes from there."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import JsonValue

from edgeci.backends.option_kinds import NUMBER, Kind
from edgeci.errors import ConfigError
from edgeci.types import Recipe

Values = dict[str, Any]
"""Every option of a method by its name. Any, because a row says what its value is and a type checker cannot see it."""
LONGEST_VALUE = 80


@dataclass(frozen=True)
class Option:
    """What a method can be told. A default of None depends on the rest, and the sentence says how."""

    name: str
    kind: Kind
    sentence: str
    default: JsonValue | tuple[str, ...] = None
    choices: tuple[JsonValue, ...] = ()
    """Its only values, where there are few."""
    minimum: float | None = None
    maximum: float | None = None
    instead: JsonValue = None
    """A value beside all those, such as `all` instead of a list of operators."""
    required: bool = False

    @property
    def may_be(self) -> str:
        """As a person says it: `one of 32, 64, 128`, or `a number, 0 to 1`."""
        if self.choices:
            return f"one of {', '.join(map(written, self.choices))}"
        beside = "" if self.instead is None else f", or {written(self.instead)}"
        return self.kind.words + self.bounds + beside

    @property
    def bounds(self) -> str:
        if self.minimum is not None and self.maximum is not None:
            return f", {self.minimum:g} to {self.maximum:g}"
        return "" if self.minimum is None else f", {self.minimum:g} or more"

    def can_be(self, value: JsonValue) -> bool:
        if not self.kind.fits(value):
            return self.instead is not None and (type(value), value) == (type(self.instead), self.instead)
        return (value in self.choices or not self.choices) and self.is_within_bounds(value)

    def is_within_bounds(self, value: JsonValue) -> bool:
        if not isinstance(value, int | float) or value == self.instead:
            return True
        low, high = self.minimum, self.maximum
        return (low is None or value >= low) and (high is None or value <= high)


@dataclass(frozen=True)
class Method:
    """What a backend can make of a model, in one sentence, and its options."""

    sentence: str
    options: tuple[Option, ...] = ()
    is_slow: bool = False
    """It searches: tried after all others."""


def described(backend: object) -> Mapping[str, Method]:
    """The rows of a backend's METHODS; none where it gives bare names, or nothing."""
    return rows_of(getattr(backend, "METHODS", ()))


def rows_of(methods: object) -> Mapping[str, Method]:
    given = methods if isinstance(methods, Mapping) else {}
    return {str(name): row for name, row in given.items() if isinstance(row, Method)}


def checked(recipe: Recipe, methods: Mapping[str, Method]) -> Values:
    """Every option of the recipe's method: as the recipe has it, or its default.

    Raises:
        ConfigError: unknown method or option, or a value that the option cannot have.
    """
    if (wrong := problem(recipe, methods)) is not None:
        raise ConfigError(wrong)
    options = methods[recipe.method].options
    return {option.name: taken(option, recipe.options.get(option.name, option.default)) for option in options}


def taken(option: Option, value: JsonValue | tuple[str, ...]) -> object:
    """As a framework takes it: a whole number is a number too, and lists are nobody else's."""
    if option.kind is NUMBER and isinstance(value, int):
        return float(value)
    return list(value) if isinstance(value, list | tuple) else value


def problem(recipe: Recipe, methods: object) -> str | None:
    """What is wrong with a recipe's method or options; None where nothing is, or METHODS has no rows to tell."""
    rows = rows_of(methods)
    if rows and recipe.method not in rows:
        return f"{recipe.backend} has no method {recipe.method!r}; it has {', '.join(rows)}"
    if recipe.method not in rows:
        return None
    first = next(problems(recipe.options, rows[recipe.method].options), None)
    return None if first is None else f"{recipe.backend} {recipe.method}: {first}"


def problems(given: Mapping[str, JsonValue], options: tuple[Option, ...]) -> Iterator[str]:
    """What nobody knows, what cannot be, and what is not there."""
    known = {option.name: option for option in options}
    if unknown := sorted(given.keys() - known.keys()):
        yield f"unknown option {', '.join(unknown)}; known: {', '.join(known) or 'none'}"
    for name, value in given.items():
        if name in known and not known[name].can_be(value):
            yield f"{name} cannot be {shown(value)}; it is {known[name].may_be}"
    if missing := [option.name for option in options if option.required and option.name not in given]:
        yield f"it needs the option {', '.join(missing)}"


def written(value: object) -> str:
    """A value of a row as YAML has it."""
    return value if isinstance(value, str) else json.dumps(value)


def shown(value: JsonValue) -> str:
    """A given value, with quotes around what is text: "false" is not false."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}..."
