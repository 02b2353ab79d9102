"""The nine nouns (and the few nouns they are made of), frozen and strict.

Every record in the workspace and every section of edgeci.yaml is one of these. An unknown key is an error; NaN is kept
as NaN, because a broken measurement must stay visible. Paths in records are relative to the workspace.
"""

import hashlib
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from edgeci.metrics import Better

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$")]
Outcome = Literal["passed", "failed", "inconclusive", "broken"]


class Noun(BaseModel):
    """Frozen, strict about keys, NaN survives a round trip through JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings", use_attribute_docstrings=True)


class File(Noun):
    """One file by its content. `path` is relative to the folder it is listed for."""

    path: str
    sha256: str
    size_bytes: int


class ModelFile(Noun):
    """A model as it lies on disk. `sha256` covers the main file; external data is hashed when it is read."""

    path: str
    format: Literal["onnx", "gguf", "safetensors", "openvino_ir"]
    sha256: str
    size_bytes: int
    """Main file and external data together."""
    external: tuple[str, ...] = ()
    """Locations of external data files, relative to the main file."""


class Tensor(Noun):
    """An input or output. A dimension is a size, a symbolic name, or None where nothing is known."""

    name: str
    dtype: str
    shape: tuple[int | str | None, ...]


class Concern(Noun):
    """Something in the model that a backend or a reader should know. `code` is stable, `message` is for people."""

    code: str
    message: str


class Assessment(Noun):
    """What a model file says about itself, read without a framework and without loading weights."""

    model: ModelFile
    producer: str
    parameters: int
    """Elements in weights, not bytes."""
    parameter_dtypes: dict[str, int]
    """Elements per dtype."""
    opsets: dict[str, int]
    operators: dict[str, int]
    """Node count per operator, subgraphs and functions included; other domains as `domain.Operator`."""
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    concerns: tuple[Concern, ...] = ()


class Fact(Noun):
    """One thing known about this machine, and how it is known."""

    name: str
    value: JsonValue
    source: str


class DataSource(Noun):
    """Items to feed the model, from files or a Python function, and how raw values become inputs.

    value -> (value * scale - mean) / std, then the dtype and, for an image folder, the layout the model takes.
    """

    path: str | None = None
    """npz, npy, csv, jsonl or an image folder with one sub-folder a class."""
    python: str | None = Field(default=None, pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")
    """`module:function` returning (inputs by name, labels or None, slices or None)."""
    labels: str = "labels"
    """Array, column or key that holds the labels."""
    slices: str | None = None
    """Array, column or key that names each item's slice."""
    inputs: dict[str, str] = {}
    """Model input name -> array, column or key. Default: same name, or the only one."""
    scale: float | None = None
    mean: tuple[float, ...] | None = None
    """One value, or one per channel."""
    std: tuple[float, ...] | None = None
    resize: tuple[int, int] | None = None
    """Height and width, image folder only."""
    color: Literal["rgb", "grayscale"] = "rgb"
    layout: Literal["nchw", "nhwc"] = "nchw"
    limit: int | None = Field(default=None, gt=0)
    """Use only the first so many items."""


class Target(Noun):
    """A kind of machine the model must run on, and the runner that stands for it."""

    name: Name
    runs_on: str | tuple[str, ...] | dict[str, JsonValue] = "self-hosted"
    """GitHub runner label, labels, or {group, labels}."""
    backends: tuple[Name, ...] = ("onnxruntime",)
    threads: int = Field(default=1, ge=1)
    accelerator: Literal["cpu", "gpu", "npu"] = "cpu"
    memory_mb: int | None = Field(default=None, gt=0)
    """Memory the device has for this model; a worker is limited to it."""


class Recipe(Noun):
    """One way to make a candidate. `id` names its folder and is its cache key."""

    backend: Name
    method: Name
    options: dict[str, JsonValue] = {}
    calibration: DataSource | None = None
    """Calibrate on this instead of the configured calibration data."""
    label: str | None = None
    """What people read; the id stays what machines read."""

    @property
    def id(self) -> str:
        """backend-method-digest; the label is not part of it."""
        content = self.model_dump_json(exclude={"label"}, exclude_defaults=True)
        return f"{self.backend}-{self.method}-{hashlib.sha256(content.encode()).hexdigest()[:8]}"

    @property
    def title(self) -> str:
        return self.label or f"{self.backend} {self.method}"


class Planned(Noun):
    """A recipe to try for a target."""

    target: Name
    recipe: Recipe


class Skipped(Noun):
    """A recipe that gives no candidate, and why."""

    recipe: Recipe
    reason: str
    target: Name | None = None
    key: str = ""
    """As a candidate's: the same failure need not be met twice."""


class Made(Noun):
    """What a backend's `optimize` reports: the file to load, and what it had to do differently than asked."""

    main: str
    notes: tuple[str, ...] = ()


class Agreement(Noun):
    """A candidate's outputs against the baseline's on the same items, before anything is measured."""

    items: int
    cosine: float
    """Mean cosine similarity of the flattened outputs."""
    max_error: float
    """Largest absolute difference."""
    same_top: float | None
    """Share of items with the same top class; None where outputs are not class scores."""


class Candidate(Noun):
    """A model that loads, runs, is finite and agrees with its source well enough to be worth measuring."""

    recipe: Recipe
    main: str
    """File to load, relative to the candidate's folder `candidates/<recipe id>/`."""
    files: tuple[File, ...]
    key: str
    """Digest of everything it was made from; equal key, equal candidate."""
    seconds: float
    versions: dict[str, str]
    precision: str
    """Weights as found in the file, `int8 98 %, float32 2 %`; never what was asked for."""
    notes: tuple[str, ...] = ()
    """What the backend had to do differently than the recipe asks."""
    agreement: Agreement | None = None
    """None for the baseline itself."""

    @property
    def size_bytes(self) -> int:
        return sum(file.size_bytes for file in self.files)


class Measurement(Noun):
    """Raw samples of one metric for one candidate on one target, with the baseline's samples of the same rounds.

    Statistics are derived, never stored. sample i of `samples` is paired with sample i of `reference` (timing: the
    same round; quality: the same item).
    """

    candidate: str
    target: Name
    metric: str
    unit: str
    better: Better
    samples: tuple[float, ...]
    baseline: str | None = None
    """Recipe id of the baseline that `reference` was measured on."""
    reference: tuple[float, ...] = ()
    labels: tuple[float, ...] = ()
    """Class metrics: the label of each item; samples are predictions."""
    slices: tuple[str, ...] = ()
    conditions: dict[str, JsonValue] = {}
    """What else a reader needs: threads, launches, seed, contention, reason a sample is missing."""


class Gate(Noun):
    """What is demanded of a candidate. `metric` is data, `rule` is behaviour."""

    rule: str
    metric: str
    limit: float
    against: Literal["unoptimized", "base", "release"] = "unoptimized"
    """Baseline: the unoptimized model, the base branch, or an earlier release."""
    target: Name | None = None
    """Only for this target; default every target."""
    name: str | None = None
    line: int | None = None
    """Line of edgeci.yaml that demands it."""

    @property
    def title(self) -> str:
        return self.name or f"{self.metric} {self.rule}"


class Verdict(Noun):
    """A gate's answer for one candidate, with the sentence and the numbers behind it."""

    gate: Gate
    candidate: str
    target: Name
    outcome: Outcome
    reason: str
    value: float | None = None
    """Point estimate in the gate's own terms (ratio, share, unit)."""
    lower: float | None = None
    upper: float | None = None
    """Bounds the decision was taken on."""


class Decision(Noun):
    """What ships for a target, and why the others do not."""

    target: Name
    outcome: Outcome
    winner: str | None
    reason: str
    losers: dict[str, str] = {}
    """Recipe id -> why it is not released."""


class Release(Noun):
    """A candidate that passed, as bundled for one target."""

    candidate: Candidate
    target: Target
    verdicts: tuple[Verdict, ...]
    measurements: tuple[Measurement, ...]
    assessment: Assessment
    hardware: tuple[Fact, ...]
    files: tuple[File, ...]
    """Every file of the bundle except checksums.txt and edgeci.json itself."""
    edgeci: str
    """Version of edgeci that made the bundle."""


class Evidence(Noun):
    """Everything the workspace knows, as the reports take it."""

    config: str
    """Path of edgeci.yaml as a reader would open it, for annotations."""
    assessment: Assessment
    hardware: tuple[Fact, ...] = ()
    targets: tuple[Target, ...]
    candidates: tuple[Candidate, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    decisions: tuple[Decision, ...] = ()
