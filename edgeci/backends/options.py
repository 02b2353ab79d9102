"""Options of a recipe, checked before a framework is imported: an unknown one is an error that names the known ones."""

from collections.abc import Callable, Mapping
from typing import Any

from edgeci.errors import ConfigError
from edgeci.types import Recipe


def checked(recipe: Recipe, methods: Mapping[str, Mapping[str, Callable[[Any], Any]]]) -> dict[str, Any]:
    """The options of a known method, each converted and checked by its own function.

    Raises:
        ConfigError: unknown method or option, or a value that the option cannot have.
    """
    if recipe.method not in methods:
        raise ConfigError(f"{recipe.backend} has no method {recipe.method!r}; it has {', '.join(methods)}")
    known = methods[recipe.method]
    if unknown := sorted(recipe.options.keys() - known.keys()):
        names = ", ".join(known) or "none"
        raise ConfigError(f"{recipe.backend} {recipe.method}: unknown option {', '.join(unknown)}; known: {names}")
    values = {}
    for name, value in recipe.options.items():
        try:
            values[name] = known[name](value)
        except (TypeError, ValueError) as problem:
            raise ConfigError(f"{recipe.backend} {recipe.method}: {name} {value!r}: {problem}") from problem
    return values


def flag(value: Any) -> bool:
    """`true` or `false` and nothing that only looks like it: bool("false") is True."""
    if isinstance(value, bool):
        return value
    raise ValueError("is true or false")


def whole(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ValueError("is a whole number")


def share(value: Any) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 1:
        return float(value)
    raise ValueError("is a share, 0 to 1")


def one_of(*choices: Any) -> Callable[[Any], Any]:
    """A check for an option with these values; 1 is not true."""

    def check(value: Any) -> Any:
        if any(type(value) is type(choice) and value == choice for choice in choices):
            return value
        raise ValueError(f"is one of {', '.join(map(str, choices))}")

    return check
