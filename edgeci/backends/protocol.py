"""The whole contract between edgeci and a backend: a module with these names, and what its sessions answer."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from edgeci.evaluation.samples import Samples
from edgeci.evaluation.text import TextSamples
from edgeci.types import Assessment, Made, OperatorTime, Recipe, Target, Task

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
