"""What is wrong with a configuration: each problem at the key that has it, with the nearest known word.

What a name may be (backends, rules, templates) is known only to higher layers, which say it in a `Vocabulary`.
"""

import datetime
import difflib
import functools
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypedDict, cast

from pydantic import ValidationError

from edgeci.config import Config
from edgeci.metrics import LOAD, METRICS, QUALITY
from edgeci.plain_yaml import Location
from edgeci.types import DataSource, Gate

MOST_REQUESTS = 10_000_000
"""Of a load: each has a moment that is drawn before the first is sent."""
MOST_NAMED = 20
"""Of the known words, where none is near."""
LONGEST_WORD = 80
"""Shown of what somebody wrote."""


@dataclass(frozen=True)
class Vocabulary:
    """The names that exist, known by the layers above."""

    backends: Collection[str]
    rules: Collection[str]
    templates: Collection[str]
    misfit: Callable[[Gate], str | None] = lambda _: None
    """Why a rule does not go with a metric; None where it does."""
    kinds: Collection[str] = ()
    """Of model."""


def schema_problems(content: object) -> Iterator[tuple[Location, str]]:
    if not isinstance(content, dict):
        yield (), "must be a mapping with at least `model`, `data` and `targets`"
        return
    try:
        Config.model_validate(content)
    except ValidationError as problem:
        errors = problem.errors(include_url=False, include_input=False)
        outer = {error["loc"][:length] for error in errors for length in range(len(error["loc"]))}
        for error in errors:
            # "Too short" also counts items that are themselves wrong; the error inside is the one to mend.
            if error["loc"] not in outer:
                yield error["loc"], explain(error["type"], error["loc"], error["msg"])


def explain(kind: str, location: Location, message: str) -> str:
    key = shortened(str(location[-1])) if location else ""
    if kind == "extra_forbidden":
        known = sorted(keys_at(location[:-1]))
        near = difflib.get_close_matches(key, known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known keys: {', '.join(known)}"
        return f"unknown key {key!r}; {hint}"
    if kind == "missing":
        return f"{key!r} is missing"
    return f"{key}: {message[0].lower()}{message[1:]}"


Schema = TypedDict(
    "Schema",
    {
        "$ref": str,
        "$defs": dict[str, "Schema"],
        "anyOf": list["Schema"],
        "properties": dict[str, "Schema"],
        "items": "Schema",
        "additionalProperties": "Schema | Literal[False]",
    },
    total=False,
)
"""What is asked of a JSON Schema here."""


@functools.cache
def whole_schema() -> Schema:
    return cast(Schema, Config.model_json_schema())


def keys_at(location: Location) -> Collection[str]:
    """The keys the schema knows at a location."""
    schema = whole_schema()
    node = schema
    for step in location:
        node = resolve(schema, node)
        member = node.get("properties", {}).get(str(step))
        node = member or node.get("items") or node.get("additionalProperties") or Schema()
    return list(resolve(schema, node).get("properties", {}))


def resolve(schema: Schema, node: Schema) -> Schema:
    """Follow `$ref`, and the one object of an `anyOf`."""
    for option in node.get("anyOf", [node]):
        if "$ref" in option:
            return schema["$defs"][option["$ref"].rsplit("/", 1)[-1]]
        if "properties" in option or "items" in option or "additionalProperties" in option:
            return option
    return {}


def name_problems(config: Config, vocabulary: Vocabulary) -> Iterator[tuple[Location, str]]:
    """Names that nothing answers to, in a configuration whose shape is right."""
    targets = [target.name for target in config.targets]
    first = {name: index for index, name in reversed(list(enumerate(targets)))}
    if isinstance(config.metric, str):
        yield from unknown("metric", config.metric, QUALITY, ("metric",))
    if config.kind is not None:
        yield from unknown("kind", config.kind, vocabulary.kinds, ("kind",))
    for index, target in enumerate(config.targets):
        if first[target.name] != index:
            yield ("targets", index, "name"), f"target {target.name!r} is given twice"
    for name, location in backends_named(config):
        yield from unknown("backend", name, vocabulary.backends, location)
    for index, gate in enumerate(config.gates.rules):
        yield from unknown("rule", gate.rule, vocabulary.rules, ("gates", "rules", index, "rule"))
        yield from unknown("metric", gate.metric, known_metrics(config), ("gates", "rules", index, "metric"))
        if gate.target is not None:
            yield from unknown("target", gate.target, targets, ("gates", "rules", index, "target"))
        if gate.metric in LOAD and config.load is None:
            yield ("gates", "rules", index, "metric"), f"{gate.metric} needs a load; add `load: {{rate: 20}}`"
    for index, template in enumerate(config.render.templates):
        yield from unknown("template", template, vocabulary.templates, ("render", "templates", index))
    if not config.gates.preset and not config.gates.rules:
        yield ("gates",), "no gate is demanded; give a preset or rules"
    if config.load is not None and config.load.rate * config.load.seconds > MOST_REQUESTS:
        yield ("load",), f"rate times seconds is more than {MOST_REQUESTS} requests; ask for fewer"
    yield from data_problems(config)
    yield from preference_problems(config)


def backends_named(config: Config) -> Iterator[tuple[str, Location]]:
    for index, target in enumerate(config.targets):
        for place, backend in enumerate(target.backends):
            yield backend, ("targets", index, "backends", place)
    for index, recipe in enumerate(config.recipes):
        yield recipe.backend, ("recipes", index, "backend")
    for name in config.backends:
        yield name, ("backends", name)


def preference_problems(config: Config) -> Iterator[tuple[Location, str]]:
    """Whether it is measured is told at `plan`: the kind of model decides."""
    for metric in config.preferred:
        yield from unknown("metric", metric, known_metrics(config), ("prefer",))


def known_metrics(config: Config) -> list[str]:
    """The project's own only where `metric` declares it, with its direction."""
    return list(dict.fromkeys([*METRICS, config.judging]))


def gate_problems(config: Config, gates: Sequence[Gate], vocabulary: Vocabulary) -> Iterator[tuple[Location, str]]:
    """Gates that ask what has no answer, and waivers that are out of date or out of place; all names are known."""
    own = len(config.gates.rules)
    for index, gate in enumerate(gates, start=own - len(gates)):
        place: Location = ("gates", "rules", index, "rule") if index >= 0 else ("gates", "preset")
        if (mistake := vocabulary.misfit(gate)) is not None:
            yield place, mistake if index >= 0 else f"{mistake}: leave the preset out and give own rules"
    today = datetime.datetime.now(datetime.UTC).date()
    for index, waiver in enumerate(config.waivers):
        what = f"the waiver of {waiver.metric} {waiver.rule} by {waiver.owner}"
        if not any(map(waiver.is_for, gates)):
            yield ("waivers", index), f"{what} matches no gate; take it out"
        if waiver.expires < today:
            yield ("waivers", index, "expires"), f"{what} expired on {waiver.expires}; mend it, or let it be renewed"


def data_problems(config: Config) -> Iterator[tuple[Location, str]]:
    sources: list[tuple[Location, DataSource | None]] = [
        (("data", "evaluation"), config.data.evaluation),
        (("data", "calibration"), config.data.calibration),
        *((("recipes", index, "calibration"), recipe.calibration) for index, recipe in enumerate(config.recipes)),
    ]
    for location, source in sources:
        if source is not None and (source.path is None) == (source.python is None):
            yield location, "give either `path` or `python`"


def unknown(kind: str, name: str, known: Collection[str], location: Location) -> Iterator[tuple[Location, str]]:
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(sorted(known)[:MOST_NAMED])}"
        if not near and len(known) > MOST_NAMED:
            hint += f" and {len(known) - MOST_NAMED} more"
        yield location, f"unknown {kind} {shortened(name)!r}; {hint}"


def shortened(text: str) -> str:
    return text if len(text) <= LONGEST_WORD else f"{text[:LONGEST_WORD]}..."
