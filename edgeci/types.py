"""The nine nouns (and the few nouns they are made of), frozen and strict.

Every record in the workspace and every section of edgeci.yaml is one of these. An unknown key is an error; NaN is kept
as NaN, because a broken measurement must stay visible. Paths in records are relative to the workspace.
"""

import datetime
import hashlib
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from edgeci.metrics import Better

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$")]
Against = Literal["unoptimized", "base", "release"]
BottleneckKind = Literal["compute-bound", "bandwidth-bound", "overhead-bound", "inconsistent", "undecided"]
Format = Literal["onnx", "gguf", "safetensors", "openvino_ir", "huggingface", "mlx"]
"""`huggingface` and `mlx` are folders: config.json, weights as safetensors, tokenizer."""
Task = Literal["tensors", "text"]
"""What a model is asked: arrays in and arrays out, or tokens that continue tokens."""
Outcome = Literal["passed", "failed", "inconclusive", "broken"]
WORST_FIRST: tuple[Outcome, ...] = ("failed", "broken", "inconclusive", "passed")
"""One failed gate is a "no" whatever became of the others; a broken one leaves the answer open."""


class Noun(BaseModel):
    """Frozen, strict about keys, NaN survives a round trip through JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings", use_attribute_docstrings=True)


class File(Noun):
    """One file by its content. `path` is relative to the folder it is listed for."""

    path: str
    sha256: str
    size_bytes: int


class ModelFile(Noun):
    """A model as it lies on disk. `sha256` covers the main file; external data is hashed when it is read.

    Of a folder (huggingface, mlx) it covers every file of it that belongs to the model.
    """

    path: str
    format: Format
    sha256: str
    size_bytes: int
    """Main file and external data together."""
    external: tuple[str, ...] = ()
    """Locations of external data files, relative to the main file; of a folder, every file of the model in it."""


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
    task: Task = "tensors"
    architecture: str = ""
    """As the file names it, such as `llama`; empty where it names none."""
    details: dict[str, JsonValue] = {}
    """What else the header says and people ask: context length, vocabulary size, layers, chat template as text."""


class Fact(Noun):
    """One thing known about this machine, and how it is known."""

    name: str
    value: JsonValue
    source: str


class Passport(Noun):
    """What a timing on a machine is worth, proved by timing models whose answer is known."""

    fingerprint: str
    """Digest of the facts that make it the same kind of machine tomorrow."""
    facts: tuple[Fact, ...]
    decisions: int
    """Decisions on a model against itself, by the usual 5 % regression gate."""
    false_alarms: int
    """How many of those failed."""
    slower_decisions: int
    """Decisions on a model with 10 % more work."""
    detected: int
    """How many of those failed, as they should."""
    slower_by: float
    """The share by which it measured slower."""
    budget_seconds: float
    pairs: int
    """Pairs that a benchmark takes here within that budget."""
    resolution_cpu: float
    """Smallest change of CPU time, a share, that can be told from noise with those pairs."""
    resolution_wall: float
    contention: float
    """Wall per CPU time of one thread."""
    scheduling: str


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
    """Each raw value is multiplied by this first; 0.00392156862745098 turns 0..255 into 0..1."""
    mean: tuple[float, ...] | None = None
    """One value, or one per channel."""
    std: tuple[float, ...] | None = None
    """One value, or one per channel."""
    resize: tuple[int, int] | None = None
    """Height and width, image folder only."""
    color: Literal["rgb", "grayscale"] = "rgb"
    """What pictures are turned into, image folder only."""
    layout: Literal["nchw", "nhwc"] = "nchw"
    """Where the model wants the channels, image folder only."""
    limit: int | None = Field(default=None, gt=0)
    """Use only the first so many items."""


class Text(Noun):
    """How a language model is asked. Every choice here is part of what a measurement means."""

    window: int = Field(default=128, ge=8)
    """Tokens of each stretch of running text that is scored; one stretch is one item."""
    prompt_tokens: int = Field(default=64, ge=1)
    """Tokens of the prompt in a timed request."""
    output_tokens: int = Field(default=16, ge=2)
    """Tokens that a timed request generates, always so many, greedily."""
    answer_tokens: int = Field(default=32, ge=1)
    """Most tokens of an answer that is compared with the expected one."""
    chat_template: bool = False
    """Whether prompts of questions and exercises are put in the model's own chat template."""


class Target(Noun):
    """A kind of machine the model must run on, and the runner that stands for it."""

    name: Name
    """What the target is called in reports, releases and `--target`."""
    runs_on: str | tuple[str, ...] | dict[str, JsonValue] = "self-hosted"
    """GitHub runner label, labels, or {group, labels}."""
    backends: tuple[Name, ...] = ("onnxruntime",)
    """Who may make and run candidates for it; the first one's `as-is` is the baseline."""
    threads: int = Field(default=1, ge=1)
    """Threads of one inference. With more than one, wall time decides instead of CPU time."""
    accelerator: Literal["cpu", "gpu", "npu"] = "cpu"
    """Where it must run; falling back to another one is refused."""
    memory_mb: int | None = Field(default=None, gt=0)
    """Memory the device has for this model; a worker is limited to it."""
    watts_per_core: float | None = Field(default=None, gt=0)
    """What one busy core draws, if you know it: for an estimate of energy that is shown and never gated."""


class Recipe(Noun):
    """One way to make a candidate. `id` names its folder and is its cache key."""

    backend: Name
    """Who makes it and runs it."""
    method: Name
    """What the backend does, such as `int8-static`; an unknown one is an error that names those there are."""
    options: dict[str, JsonValue] = {}
    """Options of the method."""
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


class Branch(Noun):
    """One way through the decision tree of a target: tried, or cut off and why."""

    recipe: Recipe
    order: int | None
    """Place in the plan, from 1; None where it is rejected."""
    reason: str
    """Why it stands there, or why it is rejected."""


class Explanation(Noun):
    """Why a plan for a target is what it is."""

    target: Name
    model_kind: str
    platform: str
    facts: tuple[Fact, ...]
    """Those by which the platform was recognised."""
    source: str
    """Of the strategy's row."""
    date: str
    remarks: tuple[str, ...]
    """What the row says about its recipes."""
    branches: tuple[Branch, ...]
    """Those in the plan by their order, then the rejected ones."""


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
    """Share of items (of tokens, for text) with the same top class; None where outputs are not class scores."""
    kl_divergence: float | None = None
    """Text only: mean over the tokens of KL(source || candidate), nats."""


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
    against: Against = "unoptimized"
    """Which baseline `reference` is."""
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
    """How the metric is compared with the limit."""
    metric: str
    """What is compared."""
    limit: float
    """In the rule's own terms: a factor, a share, or the metric's unit."""
    against: Against = "unoptimized"
    """Baseline: the unoptimized model, the base branch, or an earlier release."""
    target: Name | None = None
    """Only for this target; default every target."""
    slice_items: int = Field(default=64, ge=16)
    """Rule `worst-slice`: slices with fewer items decide nothing."""
    name: str | None = None
    """What people read instead of metric and rule."""
    line: int | None = None
    """Line of edgeci.yaml that demands it; edgeci fills it in."""

    @property
    def title(self) -> str:
        return self.name or f"{self.metric} {self.rule}"


class Waiver(Noun):
    """A failure somebody answers for, until a date: it ships, and stays a failure in every report."""

    rule: str
    """Of the gate that may fail."""
    metric: str
    """Of the gate that may fail."""
    target: Name | None = None
    """Only on this target; default every target."""
    owner: str = Field(min_length=1)
    """Who answers for it."""
    reason: str = Field(min_length=1)
    """Why it may ship all the same."""
    expires: datetime.date
    """Last day it holds, YYYY-MM-DD; afterwards it is an error in edgeci.yaml."""

    def is_for(self, gate: Gate) -> bool:
        """Whether it is about this gate, on some target."""
        return (self.rule, self.metric) == (gate.rule, gate.metric) and (
            self.target is None or gate.target in (None, self.target)
        )

    @property
    def sentence(self) -> str:
        return f"waived by {self.owner} until {self.expires}: {self.reason}"


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
    waiver: Waiver | None = None
    """Who answers for the failure. The outcome stays failed."""

    @property
    def may_ship(self) -> bool:
        """Passed, or failed and waived."""
        return self.outcome == "passed" or (self.outcome == "failed" and self.waiver is not None)

    @property
    def outcome_text(self) -> str:
        return f"{self.outcome}, waived" if self.waiver else self.outcome


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


class OperatorTime(Noun):
    """What the runtime's own profiler says about one operator type, for one inference."""

    operator: str
    calls: float
    milliseconds: float
    """Profiling itself makes short operators look longer; read it as a share of the profiled total."""


class Compared(Noun):
    """Times of the same work at some size and at size 1, block medians taken in turn: sample i is paired with i."""

    size: int
    """Threads, or items in the batch."""
    milliseconds: tuple[float, ...]
    reference: tuple[float, ...]


class Bandwidth(Noun):
    """What this machine can read from memory, in a buffer as large as the weights."""

    threads: int
    mb_per_second: tuple[float, ...]


class Observed(Noun):
    """Everything `profile` saw of one candidate on one target, raw."""

    threads: int
    weights_mb: float
    """Bytes of the files it is loaded from."""
    cache_mb: float | None
    """The largest first or second level cache; None where the system does not say."""
    load_ms: tuple[float, ...] = ()
    """CPU time to load the model, the framework imported and once rehearsed."""
    cpu_ms: tuple[tuple[float, ...], ...]
    """CPU time of single inferences: a row an item, a column a round."""
    wall_ms: tuple[tuple[float, ...], ...]
    control_ms: tuple[tuple[float, ...], ...]
    """Wall time of a fixed calculation before each of them: what varies there is the machine's, not the model's."""
    thread_scaling: tuple[Compared, ...] = ()
    """Wall time."""
    batch_scaling: tuple[Compared, ...] = ()
    """CPU time on one thread, wall time on several; of the whole batch."""
    bandwidth: tuple[Bandwidth, ...] = ()
    operators: tuple[OperatorTime, ...] = ()
    unavailable: dict[str, str] = {}
    """What could not be observed, and why."""


class Bottleneck(Noun):
    """What limits the speed of a candidate, the numbers that say so, and what would help."""

    kind: BottleneckKind
    reason: str
    evidence: dict[str, float]
    """Every number that was looked at, also those that did not decide."""
    remedies: tuple[str, ...]
    remarks: tuple[str, ...] = ()
    """What else a reader should know: a slow load, a busy machine, evidence that is missing."""


class Profile(Noun):
    """A candidate's bottleneck on one target, and the observations it was derived from."""

    candidate: str
    title: str
    target: Name
    observed: Observed
    bottleneck: Bottleneck


class Installed(Noun):
    """A backend and whether it can run here."""

    name: str
    task: Task | None = None
    """None where its module cannot be imported."""
    state: Literal["here", "own environment", "missing", "unavailable"]
    versions: dict[str, str] = {}
    where: str = ""
    """Folder of its own environment."""
    reason: str = ""
    """Why it cannot run, and what would change that."""

    @property
    def is_usable(self) -> bool:
        return self.state in ("here", "own environment")


class Check(Noun):
    """One thing that a doctor looked at."""

    name: str
    state: Literal["ok", "warning", "problem"]
    message: str
    remedy: str = ""


class Change(Noun):
    """A difference between edgeci.yaml of the base and the one under review, in a key that the base decides."""

    key: str
    base: str
    here: str


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
    changes: tuple[Change, ...] = ()
    """What the change under review alters of the law it is judged by; it does not count."""
