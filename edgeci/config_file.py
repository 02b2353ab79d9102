"""Read edgeci.yaml: every error at once with its line and its column, and each gate with the line that demands it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from edgeci.config import PRESETS, Config
from edgeci.config_problems import Vocabulary, gate_problems, name_problems, schema_problems
from edgeci.errors import ConfigError
from edgeci.metrics import QUALITY, Metric
from edgeci.plain_yaml import MOST_BYTES, Location, Marks, parsed
from edgeci.regular_files import read
from edgeci.types import Gate

MOST_PROBLEMS = 100
"""Shown of one file; a file of nothing but mistakes would have thousands."""


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
            yield on_metric(gate, self.config.measured(self.config.judging))
        elif gate.metric == "latency_cpu" and any(target.threads > 1 for target in self.config.targets):
            for target in self.config.targets:
                clock = "latency_wall" if target.threads > 1 else "latency_cpu"
                yield gate.model_copy(update={"metric": clock, "target": target.name})
        else:
            yield gate

    def placed(self, gate: Gate, location: Location) -> Gate:
        return gate.model_copy(update={"line": mark(self.marks, location)[0]})


def on_metric(gate: Gate, metric: Metric) -> Gate:
    """A preset's gate on another metric than accuracy: of an error rate, points that may be lost.

    What keeps 95 % of the accuracy loses 5 points at most; 95 % of an error rate that is nearly 0 is next to nothing.
    """
    is_rate = metric.better == "lower" and metric.unit == "share"
    rule = {"rule": "drop", "limit": round(1 - gate.limit, 6)} if is_rate and gate.rule == "retained" else {}
    return gate.model_copy(update={"metric": metric.name, **rule})


def load(path: Path, vocabulary: Vocabulary) -> Loaded:
    """Read and check edgeci.yaml.

    Raises:
        ConfigError: every problem found, one a line, each as `file:line:column: message`.
        InputRejected: a link, no regular file, or larger, deeper or of more values than any configuration.
    """
    content, marks = parsed(content_of(path), str(path))
    problems = list(islice(schema_problems(content), MOST_PROBLEMS))
    if not problems:
        config = Config.model_validate(content)
        loaded = Loaded(config, path, marks)
        named = list(islice(name_problems(config, vocabulary), MOST_PROBLEMS))
        problems = named or list(islice(gate_problems(config, loaded.gates, vocabulary), MOST_PROBLEMS))
        if not problems:
            return loaded
    located = sorted((mark(marks, location), message) for location, message in problems)
    shown = [f"{path}:{line}:{column}: {message}" for (line, column), message in located]
    more = [f"{path}: only {MOST_PROBLEMS} problems are shown; mend them first"] if len(shown) == MOST_PROBLEMS else []
    raise ConfigError("\n".join([*shown, *more]))


def content_of(path: Path) -> bytes:
    try:
        return read(path, MOST_BYTES)
    except ConfigError as problem:
        raise ConfigError(f"{problem}; `edgeci init MODEL` writes one, or pass --config") from problem


def mark(marks: Marks, location: Location) -> tuple[int, int]:
    """The place of a location, or of the nearest one above it that stands in the file."""
    while location not in marks:
        location = location[:-1]
    return marks[location]
