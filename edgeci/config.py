"""The schema of edgeci.yaml: every key with its type, its default and what it is for.

The sentences below the keys are its reference, too; `edgeci.config_file` reads such a file.
"""

import dataclasses
from typing import Annotated, Literal

from pydantic import Field, JsonValue, NonNegativeInt

from edgeci.metrics import METRICS, Metric
from edgeci.types import (
    DataSource,
    Detection,
    Gate,
    Name,
    Noun,
    OwnMetric,
    Recipe,
    SymbolSequence,
    Target,
    Text,
    Waiver,
)
from edgeci.types.bounds import FilePath, Finite, Megabytes, Seconds, Seed

MOST = 1000
"""Of anything that is listed: every gate is compared with every waiver."""

PRESETS: dict[str, tuple[Gate, ...]] = {
    "course": (
        Gate(rule="retained", metric="accuracy", limit=0.95),
        Gate(rule="speed-up", metric="latency_cpu", limit=2.0),
        Gate(rule="reduction", metric="peak_memory", limit=0.5),
    ),
    "course-small": (
        Gate(rule="retained", metric="accuracy", limit=0.95),
        Gate(rule="speed-up", metric="latency_cpu", limit=2.0),
        Gate(rule="reduction", metric="size", limit=0.5),
    ),
    "no-worse": (
        Gate(rule="retained", metric="accuracy", limit=0.95),
        Gate(rule="regression", metric="latency_cpu", limit=0.05),
        Gate(rule="regression", metric="size", limit=0.05),
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

    preset: Literal["course", "course-small", "no-worse", "mlperf-99", "mlperf-99.9"] | None = None
    """`course`: > 95 % of the baseline's accuracy, 2x speed, 50 % less memory. `course-small`: half the size instead of
    memory, for models below 32 MB. `no-worse`: > 95 %, at most 5 % slower or larger, for models that are quantized
    already. `mlperf-99`, `mlperf-99.9`: accuracy."""
    rules: tuple[Gate, ...] = Field(default=(), max_length=MOST)
    """Own gates, added to the preset's."""


class Limits(Noun):
    """What one worker process may use before it is stopped."""

    timeout_seconds: Seconds = 600
    """Longest that one task of a worker may take."""
    memory_mb: Megabytes = 8192
    """Private memory of one worker."""
    model_mb: Megabytes = 8192
    """Largest model file that is read at all."""
    environment: tuple[str, ...] = ()
    """Names of variables that workers get besides the usual ones, which hold no secrets."""


class Budget(Noun):
    """How long one candidate may be measured on one target."""

    seconds: Seconds = 30
    """Measuring ends earlier when every timing gate has its answer."""
    launches: int = Field(default=3, ge=1, le=MOST)
    """Fresh process pairs; two processes of one file differ by about 1 % in CPU time."""
    seed: Seed = 0
    """Of the order in which baseline and candidate take turns."""
    priority: Literal["auto", "none"] = "auto"
    """`auto`: time each block of a one-threaded target at real-time priority, where the system permits it."""


class Load(Noun):
    """Requests as users send them: at random times, whether or not the last one is answered (open loop)."""

    rate: Finite = Field(gt=0, le=1_000_000)
    """Requests a second, on average."""
    seconds: Seconds = 20
    """How long requests arrive; p95 needs 59 of them at least, p99 299."""
    seed: Seed = 0
    """Of the arrival times (a Poisson process)."""


class Soak(Noun):
    """Running without a pause, to see whether latency or memory drift."""

    seconds: Seconds = 60
    """How long; the first tenth warms up and is not recorded."""


class Backend(Noun):
    """Where a backend runs."""

    environment: Literal["auto", "this", "venv"] = "auto"
    """`this` interpreter, a `venv` of its own, or `auto`: this one where the backend is installed."""


class Render(Noun):
    """Manifests to write for the release."""

    templates: tuple[str, ...] = Field(default=("kubernetes", "compose"), max_length=MOST)
    """Packaged templates, or folders of your own in `templates/` beside edgeci.yaml."""
    image: str = "registry.example/edgeci/model-server:latest"
    """Image that serves the model on port 8080 and reads it from the path in MODEL_PATH."""
    values: dict[str, JsonValue] = {}
    """Anything a template of your own asks for."""


Output = str | NonNegativeInt
Preferred = Annotated[tuple[str, ...], Field(min_length=1, max_length=MOST)]
"""Metrics, the first before the next."""


class Config(Noun):
    """All of edgeci.yaml."""

    version: Literal[1] = 1
    """Of this file's format."""
    model: FilePath
    """Path of the model, relative to this file."""
    kind: Name | None = None
    """What its items and answers are, where the file does not say: tensors, text, embeddings, or a plug-in's."""
    data: Data
    """The items that judge and calibrate."""
    metric: str | OwnMetric = "accuracy"
    """Quality metric that judges the candidates, or a function of your own."""
    output: Output | Annotated[tuple[Output, ...], Field(min_length=1, max_length=4)] | None = None
    """Which of several outputs is judged, by name or by place from 0; default the only one that fits the metric. Of a
    detector: boxes, scores, classes, in this order."""
    threshold: Finite | None = None
    """A single score from which on an item (a label, a pixel) is of class 1; default 0.5, or 0 where scores lie outside
    of 0..1."""
    detection: Detection = Detection()
    """How a detector writes boxes."""
    sequence: SymbolSequence = SymbolSequence()
    """How a sequence of symbols is read."""
    targets: tuple[Target, ...] = Field(min_length=1, max_length=MOST)
    """The kinds of machine the model must run on."""
    propose: bool = True
    """Try what the backends propose for this model and target."""
    recipes: tuple[Recipe, ...] = Field(default=(), max_length=MOST)
    """Recipes to try besides those; `as-is` is always tried."""
    gates: Gates = Gates(preset="course")
    """What every candidate must show before it may be released."""
    waivers: tuple[Waiver, ...] = Field(default=(), max_length=MOST)
    """Failures that somebody answers for, until a date."""
    prefer: str | Preferred = "latency_cpu"
    """Which of the candidates that passed is released: the best by this metric, or by these, the first before the next.
    Where bounds overlap they tie; of a tie the model as it is, then the smaller, then the simpler."""
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

    @property
    def preferred(self) -> tuple[str, ...]:
        """The metrics of `prefer` in their order."""
        return (self.prefer,) if isinstance(self.prefer, str) else self.prefer

    @property
    def judging(self) -> str:
        """The name of the metric that judges."""
        return self.metric if isinstance(self.metric, str) else self.metric.python

    @property
    def read(self) -> list[str]:
        """Everything that decides how an answer becomes a sample."""
        ways = [self.detection.model_dump_json(), self.sequence.model_dump_json()]
        return [str(self.metric), str(self.output), str(self.threshold), *ways]

    def measured(self, name: str) -> Metric:
        """A metric with its unit and direction, the project's own too."""
        if isinstance(self.metric, OwnMetric) and name == self.metric.python:
            return dataclasses.replace(METRICS[name], unit=self.metric.unit, better=self.metric.better)
        return METRICS[name]

    def target_named(self, name: str) -> Target:
        return next(target for target in self.targets if target.name == name)
