"""edgeci.yaml: strict, and every error at once with its line, its column and the nearest known key.

What a name may be (backends, rules, templates) is known only to higher layers, so `load` takes a `Vocabulary`.
"""

import datetime
import difflib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, JsonValue, ValidationError

from edgeci.errors import ConfigError
from edgeci.metrics import LOAD, METRICS, QUALITY
from edgeci.types import DataSource, Gate, Name, Noun, Recipe, Target, Text, Waiver

Location = tuple[str | int, ...]
Marks = dict[Location, tuple[int, int]]

PRESETS: dict[str, tuple[Gate, ...]] = {
    "course": (
        Gate(rule="retained", metric="accuracy", limit=0.95),
        Gate(rule="speed-up", metric="latency_cpu", limit=2.0),
        Gate(rule="reduction", metric="peak_memory", limit=0.5),
    ),
    "mlperf-99": (Gate(rule="retained", metric="accuracy", limit=0.99),),
    "mlperf-99.9": (Gate(rule="retained", metric="accuracy", limit=0.999),),
}


class Data(Noun):
    """The labelled items that judge, and the other items that calibrate."""

    evaluation: DataSource
    """Items that judge the candidates; labelled, unless the metric is `agreement`."""
    calibration: DataSource | None = None
    """Items that tune the candidates. One that is also an evaluation item is refused."""


class Gates(Noun):
    """What every candidate must show."""

    preset: Literal["course", "mlperf-99", "mlperf-99.9"] | None = None
    """`course`: > 95 % of the baseline's accuracy, 2x speed, 50 % less memory. `mlperf-99`, `mlperf-99.9`: accuracy."""
    rules: tuple[Gate, ...] = ()
    """Own gates, added to the preset's."""


class Limits(Noun):
    """What one worker process may use before it is stopped."""

    timeout_seconds: float = Field(default=600, gt=0)
    """Longest that one task of a worker may take."""
    memory_mb: int = Field(default=8192, gt=0)
    """Private memory of one worker."""
    model_mb: int = Field(default=8192, gt=0)
    """Largest model file that is read at all."""


class Budget(Noun):
    """How long one candidate may be measured on one target."""

    seconds: float = Field(default=30, gt=0)
    """Measuring ends earlier when every timing gate has its answer."""
    launches: int = Field(default=3, ge=1)
    """Fresh process pairs; two processes of one file differ by about 1 % in CPU time."""
    seed: int = 0
    """Of the order in which baseline and candidate take turns."""
    priority: Literal["auto", "none"] = "auto"
    """`auto`: time each block of a one-threaded target at real-time priority, where the system permits it."""


class Load(Noun):
    """Requests as users send them: at random times, whether or not the last one is answered (open loop)."""

    rate: float = Field(gt=0)
    """Requests a second, on average."""
    seconds: float = Field(default=20, gt=0)
    """How long requests arrive; p95 needs 59 of them at least, p99 299."""
    seed: int = 0
    """Of the arrival times (a Poisson process)."""


class Soak(Noun):
    """Running without a pause, to see whether latency or memory drift."""

    seconds: float = Field(default=60, gt=0)
    """How long; the first tenth warms up and is not recorded."""


class Backend(Noun):
    """Where a backend runs."""

    environment: Literal["auto", "this", "venv"] = "auto"
    """`this` interpreter, a `venv` of its own, or `auto`: this one where the backend is installed."""


class Render(Noun):
    """Manifests to write for the release."""

    templates: tuple[str, ...] = ("kubernetes", "compose")
    """Packaged templates, or folders of your own in `templates/` beside edgeci.yaml."""
    image: str = "registry.example/edgeci/model-server:latest"
    """Image that serves the model on port 8080 and reads it from the path in MODEL_PATH."""
    values: dict[str, JsonValue] = {}
    """Anything a template of your own asks for."""


class Config(Noun):
    """All of edgeci.yaml."""

    version: Literal[1] = 1
    """Of this file's format."""
    model: str
    """Path of the model, relative to this file."""
    data: Data
    """The items that judge and calibrate."""
    metric: str = "accuracy"
    """Quality metric that judges the candidates."""
    targets: tuple[Target, ...] = Field(min_length=1)
    """The kinds of machine the model must run on."""
    propose: bool = True
    """Try what the backends propose for this model and target."""
    recipes: tuple[Recipe, ...] = ()
    """Recipes to try besides those; `as-is` is always tried."""
    gates: Gates = Gates(preset="course")
    """What every candidate must show before it may be released."""
    waivers: tuple[Waiver, ...] = ()
    """Failures that somebody answers for, until a date."""
    prefer: Literal["latency_cpu", "latency_wall", "peak_memory", "size"] = "latency_cpu"
    """Which of the candidates that passed is released: the best by this metric."""
    backends: dict[Name, Backend] = {}
    """Settings by backend name."""
    limits: Limits = Limits()
    """What one worker may use."""
    budget: Budget = Budget()
    """How long one candidate may be measured."""
    text: Text = Text()
    """How a language model is asked."""
    load: Load | None = None
    """Measure response times under this load."""
    soak: Soak | None = None
    """Measure drift over this time; a gate on a soak metric asks for the default."""
    render: Render = Render()
    """Manifests to write for a release."""

    def target_named(self, name: str) -> Target:
        return next(target for target in self.targets if target.name == name)


@dataclass(frozen=True)
class Vocabulary:
    """The names that exist, known by the layers above."""

    backends: Collection[str]
    rules: Collection[str]
    templates: Collection[str]
    misfit: Callable[[Gate], str | None] = lambda _: None
    """Why a rule does not go with a metric; None where it does."""


@dataclass(frozen=True)
class Loaded:
    """A valid configuration and where it stands."""

    config: Config
    path: Path
    marks: Marks

    @property
    def folder(self) -> Path:
        """Relative paths in the configuration start here."""
        return self.path.parent

    def where(self, location: Location) -> str:
        """`edgeci.yaml:LINE:COLUMN` of a key, or of the nearest one above it."""
        line, column = mark(self.marks, location)
        return f"{self.path}:{line}:{column}"

    @property
    def gates(self) -> tuple[Gate, ...]:
        """The preset's gates, on the configured metric, then the own ones; each with the line that demands it."""
        chosen = self.config.gates
        preset = PRESETS[chosen.preset] if chosen.preset else ()
        return tuple(
            self.placed(adapted, ("gates", "preset")) for gate in preset for adapted in self.adapted(gate)
        ) + tuple(self.placed(gate, ("gates", "rules", index)) for index, gate in enumerate(chosen.rules))

    def adapted(self, gate: Gate) -> Iterator[Gate]:
        """A preset's gate on the configured metric, and on the clock that tells the truth for each target.

        CPU time is the steadier clock, but on several threads it is the work done, not the time waited.
        """
        if gate.metric in QUALITY:
            yield gate.model_copy(update={"metric": self.config.metric})
        elif gate.metric == "latency_cpu" and any(target.threads > 1 for target in self.config.targets):
            for target in self.config.targets:
                clock = "latency_wall" if target.threads > 1 else "latency_cpu"
                yield gate.model_copy(update={"metric": clock, "target": target.name})
        else:
            yield gate

    def placed(self, gate: Gate, location: Location) -> Gate:
        return gate.model_copy(update={"line": mark(self.marks, location)[0]})


def load(path: Path, vocabulary: Vocabulary) -> Loaded:
    """Read and check edgeci.yaml.

    Raises:
        ConfigError: every problem found, one a line, each as `file:line:column: message`.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(f"{path}: not there; `edgeci init MODEL` writes one, or pass --config") from None
    except (OSError, UnicodeDecodeError) as problem:
        raise ConfigError(f"{path}: cannot be read: {problem}") from problem
    content, marks = parse(text, path)
    problems = list(schema_problems(content))
    if not problems:
        config = Config.model_validate(content)
        loaded = Loaded(config, path, marks)
        problems = list(name_problems(config, vocabulary)) or list(gate_problems(loaded, vocabulary))
        if not problems:
            return loaded
    located = sorted((mark(marks, location), message) for location, message in problems)
    raise ConfigError("\n".join(f"{path}:{line}:{column}: {message}" for (line, column), message in located))


def parse(text: str, path: Path) -> tuple[Any, Marks]:
    """The YAML value and the line and column (from 1) of every key and item."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        marks: Marks = {(): (1, 1)}
        if node is not None:
            collect_marks(node, (), marks, path)
        return yaml.safe_load(text), marks
    except yaml.MarkedYAMLError as problem:
        place = problem.problem_mark or problem.context_mark
        line, column = (place.line + 1, place.column + 1) if place else (1, 1)
        raise ConfigError(f"{path}:{line}:{column}: not YAML: {problem.problem or problem.context}") from problem
    except (yaml.YAMLError, RecursionError) as problem:
        raise ConfigError(f"{path}:1:1: not YAML: {problem}") from problem


def collect_marks(node: yaml.Node, location: Location, marks: Marks, path: Path) -> None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inside = (*location, key.value)
            line, column = key.start_mark.line + 1, key.start_mark.column + 1
            if inside in marks:
                raise ConfigError(
                    f"{path}:{line}:{column}: {key.value!r} is given twice (first in line {marks[inside][0]})"
                )
            marks[inside] = (line, column)
            collect_marks(value, inside, marks, path)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            marks[*location, index] = (value.start_mark.line + 1, value.start_mark.column + 1)
            collect_marks(value, (*location, index), marks, path)


def mark(marks: Marks, location: Location) -> tuple[int, int]:
    """The place of a location, or of the nearest one above it that stands in the file."""
    while location not in marks:
        location = location[:-1]
    return marks[location]


def schema_problems(content: Any) -> Iterator[tuple[Location, str]]:
    if not isinstance(content, dict):
        yield (), "must be a mapping with at least `model`, `data` and `targets`"
        return
    try:
        Config.model_validate(content)
    except ValidationError as problem:
        errors = problem.errors()
        for error in errors:
            # "Too short" also counts items that are themselves wrong; the error inside is the one to mend.
            if not any(is_inside(other["loc"], error["loc"]) for other in errors):
                yield error["loc"], explain(error["type"], error["loc"], error["msg"])


def is_inside(location: Location, outer: Location) -> bool:
    return len(location) > len(outer) and location[: len(outer)] == outer


def explain(kind: str, location: Location, message: str) -> str:
    key = str(location[-1]) if location else ""
    if kind == "extra_forbidden":
        known = sorted(keys_at(location[:-1]))
        near = difflib.get_close_matches(key, known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known keys: {', '.join(known)}"
        return f"unknown key {key!r}; {hint}"
    if kind == "missing":
        return f"{key!r} is missing"
    return f"{key}: {message[0].lower()}{message[1:]}"


def keys_at(location: Location) -> Collection[str]:
    """The keys the schema knows at a location."""
    schema = Config.model_json_schema()
    node: Any = schema
    for step in location:
        node = resolve(schema, node)
        node = node.get("properties", {}).get(step) or node.get("items") or node.get("additionalProperties") or {}
    return list(resolve(schema, node).get("properties", {}))


def resolve(schema: dict[str, Any], node: Any) -> dict[str, Any]:
    """Follow `$ref`, and the one object of an `anyOf`."""
    for option in node.get("anyOf", [node]):
        if "$ref" in option:
            return schema["$defs"][option["$ref"].rsplit("/", 1)[-1]]  # type: ignore[no-any-return]
        if "properties" in option or "items" in option or "additionalProperties" in option:
            return option  # type: ignore[no-any-return]
    return {}


def name_problems(config: Config, vocabulary: Vocabulary) -> Iterator[tuple[Location, str]]:
    """Names that nothing answers to, in a configuration whose shape is right."""
    targets = [target.name for target in config.targets]
    yield from unknown("metric", config.metric, QUALITY, ("metric",))
    for index, target in enumerate(config.targets):
        if targets.index(target.name) != index:
            yield ("targets", index, "name"), f"target {target.name!r} is given twice"
        for place, backend in enumerate(target.backends):
            yield from unknown("backend", backend, vocabulary.backends, ("targets", index, "backends", place))
    for index, recipe in enumerate(config.recipes):
        yield from unknown("backend", recipe.backend, vocabulary.backends, ("recipes", index, "backend"))
    for name in config.backends:
        yield from unknown("backend", name, vocabulary.backends, ("backends", name))
    for index, gate in enumerate(config.gates.rules):
        yield from unknown("rule", gate.rule, vocabulary.rules, ("gates", "rules", index, "rule"))
        yield from unknown("metric", gate.metric, METRICS, ("gates", "rules", index, "metric"))
        if gate.target is not None:
            yield from unknown("target", gate.target, targets, ("gates", "rules", index, "target"))
        if gate.metric in LOAD and config.load is None:
            yield ("gates", "rules", index, "metric"), f"{gate.metric} needs a load; add `load: {{rate: 20}}`"
    for index, template in enumerate(config.render.templates):
        yield from unknown("template", template, vocabulary.templates, ("render", "templates", index))
    if not config.gates.preset and not config.gates.rules:
        yield ("gates",), "no gate is demanded; give a preset or rules"
    yield from data_problems(config)


def gate_problems(loaded: Loaded, vocabulary: Vocabulary) -> Iterator[tuple[Location, str]]:
    """Gates that ask what has no answer, and waivers that are out of date or out of place; all names are known."""
    own = len(loaded.config.gates.rules)
    for index, gate in enumerate(loaded.gates, start=own - len(loaded.gates)):
        place: Location = ("gates", "rules", index, "rule") if index >= 0 else ("gates", "preset")
        if (mistake := vocabulary.misfit(gate)) is not None:
            yield place, mistake if index >= 0 else f"{mistake}: leave the preset out and give own rules"
    today = datetime.datetime.now(datetime.UTC).date()
    for index, waiver in enumerate(loaded.config.waivers):
        what = f"the waiver of {waiver.metric} {waiver.rule} by {waiver.owner}"
        if not any(map(waiver.is_for, loaded.gates)):
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
        hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(sorted(known))}"
        yield location, f"unknown {kind} {name!r}; {hint}"
