"""Options: what a row says is what is checked, written in a schema, and filled in where nothing is asked for."""

from typing import Any

import jsonschema
import pytest

from edgeci.backends import registry
from edgeci.backends.option_kinds import ANYTHING, FLAG, MAPPING, NAMES, NUMBER, TEXT, WHOLE, Kind, names_by
from edgeci.backends.options import Method, Option, checked, described, problem
from edgeci.backends.options_schema import of_option
from edgeci.errors import ConfigError
from edgeci.types import Recipe

KINDS = {"flag": FLAG, "whole": WHOLE, "number": NUMBER, "text": TEXT, "names": NAMES, "mapping": MAPPING,
         "names by": names_by("names", "types")}  # fmt: skip
SIZE = Option("size", WHOLE, "Of a group.", 64, minimum=1, maximum=256, instead=-1)
PLACES = Option("places", NAMES, "Where.", ("here", "there"), instead="all")
METHODS = {
    "plain": Method("Nothing."),
    "packed": Method("Fewer bits.", (SIZE, PLACES, Option("half", FLAG, "Or not.", False),
                                     Option("share", NUMBER, "Of all.", 1.0, minimum=0, maximum=1))),
    "told": Method("What is asked for.", (Option("what", MAPPING, "All of it.", required=True),)),
}  # fmt: skip
ROWS = [
    pytest.param(name, method, option, id=f"{name}-{method}-{option.name}")
    for name in registry.importable()
    for method, row in described(registry.backend(name)).items()
    for option in row.options
]


def wanted(method: str = "packed", **options: Any) -> Recipe:
    return Recipe(backend="some", method=method, options=options)


def test_what_is_not_asked_for_has_its_default() -> None:
    assert checked(wanted(size=32), METHODS) == {"size": 32, "places": ["here", "there"], "half": False, "share": 1.0}
    assert checked(wanted("plain"), METHODS) == {}


def test_what_stands_instead_of_a_value_is_taken() -> None:
    values = checked(wanted(size=-1, places="all"), METHODS)
    assert (values["size"], values["places"]) == (-1, "all")


def test_a_whole_number_is_a_number_too() -> None:
    share = checked(wanted(share=1), METHODS)["share"]
    assert (share, type(share)) == (1.0, float)


def test_a_list_is_the_callers_own() -> None:
    checked(wanted(), METHODS)["places"].append("everywhere")
    assert checked(wanted(), METHODS)["places"] == ["here", "there"]


@pytest.mark.parametrize(
    ("recipe", "complaint"),
    [
        (wanted("other"), "some has no method 'other'; it has plain, packed, told"),
        (wanted("plain", size=1), "some plain: unknown option size; known: none"),
        (wanted(sise=1), "some packed: unknown option sise; known: size, places, half, share"),
        (wanted(half="false"), 'some packed: half cannot be "false"; it is true or false'),
        (wanted(half=1), "some packed: half cannot be 1; it is true or false"),
        (wanted(half=None), "some packed: half cannot be null; it is true or false"),
        (wanted(size=True), "some packed: size cannot be true; it is a whole number, 1 to 256, or -1"),
        (wanted(size=0), "some packed: size cannot be 0; it is a whole number, 1 to 256, or -1"),
        (wanted(places="some"), 'some packed: places cannot be "some"; it is a list of names, or all'),
        (wanted(share=1.5), "some packed: share cannot be 1.5; it is a number, 0 to 1"),
        (wanted(share=float("nan")), "some packed: share cannot be NaN; it is a number, 0 to 1"),
        (wanted(share=10**400), "some packed: share cannot be 1000"),
        (wanted("told"), "some told: it needs the option what"),
        (wanted("told", what={}), "some told: what cannot be {}; it is a mapping with something in it"),
    ],
)
def test_what_cannot_be_is_said_with_what_can(recipe: Recipe, complaint: str) -> None:
    with pytest.raises(ConfigError) as raised:
        checked(recipe, METHODS)
    assert str(raised.value).startswith(complaint)
    assert problem(recipe, METHODS) == str(raised.value)


@pytest.mark.parametrize("methods", [(), ("as-is", "packed"), {"packed": ("size",)}, frozenset({"packed"})])
def test_bare_names_tell_nothing(methods: object) -> None:
    assert problem(wanted(sise=1), methods) is None


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_kind_fits_none_of_its_strangers_and_neither_does_its_schema(kind: Kind) -> None:
    assert kind.strangers
    for value in kind.strangers:
        assert not kind.fits(value)
        assert not jsonschema.Draft202012Validator(dict(kind.schema)).is_valid(value)


@pytest.mark.parametrize(("name", "method", "option"), ROWS)
def test_a_row_of_a_backend_is_true_of_itself(name: str, method: str, option: Option) -> None:
    default = list(option.default) if isinstance(option.default, tuple) else option.default
    assert option.sentence.endswith(".")
    assert default is None or option.can_be(default), "the default is none of the values"
    assert default is not None or option.required or option.kind is ANYTHING or ";" in option.sentence, "what then?"
    schema = jsonschema.Draft202012Validator(of_option(option))
    tried = [default, *option.choices, *option.kind.strangers, option.instead, 0, 1, 2, -1, 7, 0.5, 2.5, "all"]
    for value in (value for value in tried if value is not None):
        assert schema.is_valid(value) == option.can_be(value), value
    with pytest.raises(ConfigError, match=f"unknown option {option.name}x; known: .*{option.name}"):
        checked(Recipe(backend=name, method=method, options={option.name + "x": 1}), described(registry.backend(name)))


@pytest.mark.parametrize("name", ["llama_cpp", "mlx", "olive", "onnxruntime", "onnxruntime_genai", "openvino",
                                  "optimum_intel"])  # fmt: skip
def test_every_backend_of_ours_has_rows(name: str) -> None:
    assert described(registry.backend(name)).keys() == registry.methods(name) > {"as-is"}
    assert all(row.sentence.endswith(".") for row in described(registry.backend(name)).values())
