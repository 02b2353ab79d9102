"""Read edgeci.yaml: every error at once with its line and its column, and each gate with the line that demands it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from edgeci.config import PRESETS, Config
from edgeci.config_problems import Location, Vocabulary, gate_problems, name_problems, schema_problems
from edgeci.errors import ConfigError
from edgeci.metrics import QUALITY
from edgeci.types import Gate

Marks = dict[Location, tuple[int, int]]


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
        problems = list(name_problems(config, vocabulary)) or list(gate_problems(config, loaded.gates, vocabulary))
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
