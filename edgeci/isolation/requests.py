"""A call as it crosses to a worker and back: a function by its name, values by its own type hints.

mypy sees the call as it is written (ParamSpec, PEP 612); what crosses is JSON, which both ends check against the hints:
a worker may have been taken over by the model that it runs.
"""

import inspect
import types
from collections.abc import Callable, Mapping
from functools import cache
from typing import TypeVar, cast, get_type_hints

from pydantic import JsonValue, TypeAdapter
from pydantic_core import to_jsonable_python

Result = TypeVar("Result")
Function = Callable[..., object]


def packed(
    function: Function, arguments: tuple[object, ...], keywords: Mapping[str, object], wants_held: bool
) -> dict[str, JsonValue]:
    """Function and arguments as JSON. What a worker holds is its own first argument."""
    given = (None, *arguments) if wants_held else arguments
    bound = inspect.signature(function).bind(*given, **keywords).arguments
    if wants_held:
        del bound[next(iter(bound))]
    name = f"{function.__module__}:{function.__qualname__}"
    hints = hints_of(function)
    crossing = {argument: plain(value, hints.get(argument)) for argument, value in bound.items()}
    return {"function": name, "wants_held": wants_held, "arguments": crossing}


def plain(value: object, hint: TypeAdapter[object] | None) -> JsonValue:
    """As JSON, by its hint where it has one; NaN stays NaN."""
    if hint is not None:
        return cast("JsonValue", hint.dump_python(value, mode="json", warnings=False))
    return cast("JsonValue", to_jsonable_python(value, inf_nan_mode="constants"))


def unpacked(function: Function, arguments: Mapping[str, object]) -> dict[str, object]:
    """Arguments as the function's hints say; one without a hint as JSON gives it."""
    hints = hints_of(function)
    return {name: hints[name].validate_python(value) if name in hints else value for name, value in arguments.items()}


def packed_result(function: Function, value: object) -> JsonValue:
    """What a function returned, as JSON."""
    return plain(value, hints_of(function).get("return"))


def result_of(function: Callable[..., Result], value: object) -> Result:
    """What a function returned.

    Raises:
        ValidationError: it is something else than its hint says.
    """
    hints = hints_of(function)
    return cast("Result", hints["return"].validate_python(value) if "return" in hints else value)


@cache
def hints_of(function: Function) -> dict[str, TypeAdapter[object]]:
    hints = get_type_hints(function)
    returned = hints.get("return")
    if returned is types.NoneType:
        del hints["return"]
    held = next(iter(inspect.signature(function).parameters), "")
    return {name: TypeAdapter(hint) for name, hint in hints.items() if name != held or not is_held(hint)}


def is_held(hint: object) -> bool:
    return getattr(hint, "__module__", "") == "edgeci.work.held"
