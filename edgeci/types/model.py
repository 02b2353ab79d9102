"""A model as it lies on disk, and what its file says about itself."""

from typing import Literal

from pydantic import JsonValue

from edgeci.types.noun import Name, Noun

Format = Literal["onnx", "gguf", "safetensors", "openvino_ir", "huggingface", "mlx"]
"""`huggingface` and `mlx` are folders: config.json, weights as safetensors, tokenizer."""


class File(Noun):
    """One file by its content. `path` is relative to the folder it is listed for."""

    path: str
    sha256: str
    size_bytes: int


class ModelFile(Noun):
    """A model as it lies on disk. `sha256` is the main file's own, as `sha256sum` prints it; `parts` covers the rest.

    Of a folder (huggingface, mlx) it is that of the `sha256  name` lines of all its parts, sorted by name.
    """

    path: str
    format: Format
    sha256: str
    size_bytes: int
    """Main file and external data together."""
    external: tuple[str, ...] = ()
    """Locations of external data files, relative to the main file; of a folder, every file of the model in it."""
    parts: tuple[File, ...] = ()
    """The same files by their content; `path` is the location. Nothing is made of a model of which one has changed."""


class Tensor(Noun):
    """An input or output. A dimension is a size, a symbolic name, or None where nothing is known."""

    name: str
    dtype: str
    """NumPy's name; `string`, or `sequence` for what is no tensor (scikit-learn's maps from class to probability)."""
    shape: tuple[int | str | None, ...] | None
    """None where not even the rank is known; () is a single number."""

    @property
    def shape_text(self) -> str:
        """`?x3x224x224`."""
        if self.shape is None:
            return "an unknown shape"
        return "x".join("?" if size is None else str(size) for size in self.shape) or "one number"


ConcernCode = Literal[
    "adapter-left-out",
    "already-quantized",
    "constant-weights",
    "control-flow",
    "custom-operator",
    "doubled-weight",
    "duplicate-opset",
    "dynamic-shape",
    "half-precision",
    "left-out",
    "long-chat-template",
    "no-tokenizer",
    "old-opset",
    "random",
    "remote-code",
    "stateful",
    "two-heads",
    "unknown-opset",
    "unsorted-nodes",
]
"""What backends and people may ask for by name; one never changes its meaning."""


class Concern(Noun):
    """Something in the model that a backend or a reader should know. `code` is stable, `message` is for people."""

    code: ConcernCode
    message: str


class Description(Noun):
    """What a model file says about itself, read without a framework and without loading weights."""

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
    kind: Name = "tensors"
    """What its items and answers are (edgeci.kinds)."""
    architecture: str = ""
    """As the file names it, such as `llama`; empty where it names none."""
    details: dict[str, JsonValue] = {}
    """What else the header says and people ask: context length, vocabulary size, layers, chat template as text."""


class Assessment(Description):
    """What one model file, which is known by its content, says about itself."""

    model: ModelFile
