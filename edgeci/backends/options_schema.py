"""JSON Schema of recipes: which methods a backend has, and what each of them can be told."""

from collections.abc import Iterable, Mapping

from pydantic import JsonValue

from edgeci.backends.options import Method, Option

Schema = dict[str, JsonValue]


def rules(backends: Mapping[str, Mapping[str, Method]]) -> list[JsonValue]:
    """For the `allOf` of a recipe: what follows from its backend, and from its method."""
    return [
        when({"backend": [name]}, {"properties": {"method": {"enum": [*methods]}}, "allOf": of_methods(methods)})
        for name, methods in backends.items()
        if methods
    ]


def of_methods(methods: Mapping[str, Method]) -> list[JsonValue]:
    """One rule for all methods that have the same options."""
    alike = {row.options: [name for name, other in methods.items() if other.options == row.options]
             for row in methods.values()}  # fmt: skip
    return [when({"method": names}, of_options(options)) for options, names in alike.items()]


def when(known: Mapping[str, Iterable[str]], then: Schema) -> JsonValue:
    conditions: Schema = {key: {"enum": [*values]} for key, values in known.items()}
    return {"if": {"properties": conditions, "required": [*known]}, "then": then}


def of_options(options: tuple[Option, ...]) -> Schema:
    required: list[JsonValue] = [option.name for option in options if option.required]
    properties: Schema = {option.name: of_option(option) for option in options}
    inside: Schema = {"properties": properties, "additionalProperties": False, "required": required}
    return {"properties": {"options": inside}, **({"required": ["options"]} if required else {})}


def of_option(option: Option) -> Schema:
    default: JsonValue = [*option.default] if isinstance(option.default, tuple) else option.default
    kept: Schema = {} if default is None else {"default": default}
    values = of_values(option)
    either: Schema = values if option.instead is None else {"anyOf": [values, {"const": option.instead}]}
    return {"description": option.sentence, **kept, **either}


def of_values(option: Option) -> Schema:
    bounds: Schema = {"minimum": option.minimum, "maximum": option.maximum}
    choices: Schema = {"enum": [*option.choices]} if option.choices else {}
    return {**option.kind.schema, **choices, **{key: value for key, value in bounds.items() if value is not None}}
