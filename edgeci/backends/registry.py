"""Find backends by entry point and say what one must offer. Names are read from metadata; nothing is imported."""

import contextlib
import importlib.util
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Protocol, cast, runtime_checkable

import numpy as np
import numpy.typing as npt

from edgeci.errors import BackendMissing, ConfigError
from edgeci.evaluation.samples import Samples
from edgeci.evaluation.text import TextSamples, Tokenizer
from edgeci.types import Assessment, Format, Made, OperatorTime, Recipe, Target, Task

GROUP = "edgeci.backends"
Array = npt.NDArray[np.generic]


class Session(Protocol):
    """A loaded model that answers one item at a time."""

    @property
    def runtime(self) -> Mapping[str, str]:
        """What really runs: execution providers or device, inference precision, threads."""

    def infer(self, feeds: Mapping[str, Array]) -> list[Array]:
        """Outputs in the model's order for one item with its batch dimension."""


class TextSession(Protocol):
    """A loaded language model. Every call starts with an empty context and leaves nothing behind."""

    @property
    def runtime(self) -> Mapping[str, str]:
        """What really runs: version, device, precision, threads, whether the file is mapped into memory."""

    def log_probabilities(self, tokens: Sequence[int]) -> Array:
        """(n, vocabulary) float32, natural logarithms: row i is for the token after tokens[: i + 1]."""

    def generate(self, tokens: Sequence[int], count: int) -> Iterator[int]:
        """The likeliest continuation, `count` ids one by one as they are found; an end-of-text id does not stop it."""


@runtime_checkable
class EmbeddingSession(Protocol):
    """A loaded model that turns a text into one vector. A text leaves nothing behind for the next."""

    @property
    def runtime(self) -> Mapping[str, str]:
        """As of a TextSession, and how the vectors of the tokens become one (`pooling`)."""

    def embed(self, tokens: Sequence[int]) -> Array:
        """(dimension,) float32 of a whole text, special tokens included; of any length, for it is compared by angle."""


@runtime_checkable
class Backend(Protocol):
    """A module that makes candidates and runs them. It never measures: one loop times every backend.

    A module with `TASKS` that name "text" or "embeddings" is a `TextBackend` instead.
    """

    @property
    def REQUIRES(self) -> tuple[str, ...]:  # noqa: N802 - a module constant
        """Import names it needs; a property, because mypy rejects modules for mutable protocol members."""

    @property
    def LOSSLESS(self) -> frozenset[str]:  # noqa: N802 - a module constant
        """Methods whose outputs must equal the source's within rounding."""

    def propose(self, assessment: Assessment, target: Target) -> Iterator[Recipe]:
        """Recipes worth trying, as-is first. Runs in edgeci's own process: imports no framework."""

    def optimize(self, model: Path, recipe: Recipe, samples: Samples | None, output: Path) -> Made:
        """Make the candidate in the folder `output`. Runs in a worker."""

    def load(self, model: Path, recipe: Recipe, target: Target) -> Session:
        """Load a candidate's main file for inference. Runs in a worker."""


@runtime_checkable
class TextBackend(Protocol):
    """A backend for models of text: tokens instead of tensors, otherwise the same."""

    @property
    def TASKS(self) -> frozenset[Task]:  # noqa: N802 - a module constant
        """`text` where its sessions continue a text, `embeddings` where they embed one; or both."""

    @property
    def REQUIRES(self) -> tuple[str, ...]:  # noqa: N802 - a module constant
        """As of a Backend."""

    @property
    def LOSSLESS(self) -> frozenset[str]:  # noqa: N802 - a module constant
        """As of a Backend."""

    def propose(self, assessment: Assessment, target: Target) -> Iterator[Recipe]:
        """As of a Backend."""

    def optimize(self, model: Path, recipe: Recipe, samples: TextSamples | None, output: Path) -> Made:
        """Make the candidate from `model` (a file, or the folder of a Hugging Face or MLX model) in `output`."""

    def load(self, model: Path, recipe: Recipe, target: Target) -> TextSession | EmbeddingSession:
        """Load a candidate's main file, for what the model itself is made for. Runs in a worker."""


OperatorProfiler = Callable[[Path, Recipe, Target, Mapping[str, Array], int], list[OperatorTime]]
"""Model, recipe, target, one item's feeds, runs -> per operator type, for one run. Optional: `profile_operators`."""


def operator_profiler(name: str) -> OperatorProfiler | None:
    """The backend's view into its runtime's own profiler; None where it offers none.

    Raises:
        ConfigError, BackendMissing: as `backend`.
    """
    return cast("OperatorProfiler | None", getattr(backend(name), "profile_operators", None))


def runs(name: str) -> Format | None:
    """The format a backend's candidates are in (`RUNS`, optional); None where it does not say.

    Raises:
        ConfigError, BackendMissing: as `backend`.
    """
    return cast("Format | None", getattr(backend(name), "RUNS", None))


def methods(name: str) -> frozenset[str]:
    """Every method a backend says it has (`METHODS`, optional): also those it does not propose by itself.

    Raises:
        ConfigError, BackendMissing: as `backend`.
    """
    return frozenset(getattr(backend(name), "METHODS", ()))


def keeps_worker(name: str) -> bool:
    """Whether recipes of one run may be made in one worker (`KEEPS_WORKER`, optional): its framework starts slowly.

    Raises:
        ConfigError, BackendMissing: as `backend`.
    """
    return bool(getattr(backend(name), "KEEPS_WORKER", False))


def tasks(name: str) -> frozenset[Task]:
    """What a backend's sessions can be asked (`TASKS`, optional): tensors, where it does not say.

    Raises:
        ConfigError, BackendMissing: as `backend`.
    """
    return cast("frozenset[Task]", getattr(backend(name), "TASKS", frozenset({"tensors"})))


def text_backend(name: str) -> TextBackend:
    """A backend for models of text.

    Raises:
        ConfigError: it is for tensors; or as `backend`.
        BackendMissing: as `backend`.
    """
    if "tensors" in tasks(name):
        raise ConfigError(f"backend {name} runs tensor models, not language models")
    return cast("TextBackend", backend(name))


def tokenizer(name: str, model: Path) -> Tokenizer:
    """The source model's own tokenizer: of a folder its tokenizer.json, of a file what the backend reads in it.

    Raises:
        ConfigError: the backend reads no tokenizer in such a file; or as `backend`.
        InputRejected: the tokenizer is damaged.
    """
    if model.is_dir():
        from edgeci.evaluation.huggingface_tokenizer import HuggingfaceTokenizer

        return HuggingfaceTokenizer(model)
    reader = cast("Callable[[Path], Tokenizer] | None", getattr(backend(name), "tokenizer", None))
    if reader is None:
        raise ConfigError(f"{name} reads no tokenizer in {model.name}; put a backend that does first in the target")
    return reader(model)


def found() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}


def names() -> list[str]:
    """Every backend that is declared, installed or not."""
    return sorted(found())


def version_of(name: str) -> str:
    """Of the package that a backend comes with.

    Raises:
        ConfigError: no such backend.
    """
    source = declared(name).dist
    return f"{source.name} {source.version}" if source else "unknown"


def importable() -> list[str]:
    """Names of the backends whose module can be imported; their frameworks need not be there."""
    found = []
    for name in names():
        with contextlib.suppress(BackendMissing):
            backend(name)
            found.append(name)
    return found


def backend(name: str) -> Backend:
    """The backend's module, without its framework.

    Raises:
        ConfigError: no such backend.
        BackendMissing: its module cannot be imported (a broken third-party package).
    """
    point = declared(name)
    try:
        return cast("Backend", point.load())
    except Exception as problem:  # a third party's module may fail in any way
        raise BackendMissing(f"backend {name} cannot be imported ({type(problem).__name__}: {problem})") from problem


def declared(name: str) -> EntryPoint:
    points = found()
    if name not in points:
        raise ConfigError(f"unknown backend {name!r}; known: {', '.join(points)}")
    return points[name]


def missing_imports(name: str) -> list[str]:
    """Imports the backend needs that this interpreter does not have."""
    return [module for module in backend(name).REQUIRES if importlib.util.find_spec(module) is None]
