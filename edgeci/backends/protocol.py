"""The whole contract between edgeci and a backend: a module with these names.

A backend makes candidates and runs them. It never measures: one loop times every backend. What its sessions answer is
said by the kind of model that they are for (`edgeci.kinds`).
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from edgeci.evaluation.arrays import Array
from edgeci.evaluation.text import Tokenizer
from edgeci.types import Assessment, Format, Made, OperatorTime, Recipe, Target


@runtime_checkable
class Backend(Protocol):
    """What every backend has."""

    @property
    def REQUIRES(self) -> tuple[str, ...]:  # noqa: N802 - a module constant
        """Import names it needs; a property, because mypy rejects modules for mutable protocol members."""

    @property
    def LOSSLESS(self) -> frozenset[str]:  # noqa: N802 - a module constant
        """Methods whose outputs must equal the source's within rounding."""

    def propose(self, assessment: Assessment, target: Target) -> Iterator[Recipe]:
        """Recipes worth trying, as-is first. Runs in edgeci's own process: imports no framework."""

    def optimize(self, model: Path, recipe: Recipe, samples: Any | None, output: Path) -> Made:
        """Make the candidate from `model` (a file, or a folder where the format is one) in the folder `output`.

        `samples` are the calibration items as their kind reads them, if there are any. Runs in a worker.
        """

    def load(self, model: Path, recipe: Recipe, target: Target) -> object:
        """A session of a candidate's main file, as its kind asks for one. Runs in a worker."""


OperatorProfiler = Callable[[Path, Recipe, Target, Mapping[str, Array], int], list[OperatorTime]]
"""Model, recipe, target, one item's feeds, runs -> per operator type, for one run."""


class Optional(Protocol):
    """What a backend may have besides. The values here are what counts where it does not say."""

    KINDS: frozenset[str] = frozenset({"tensors"})
    """Kinds of model it takes, by their names in `edgeci.kinds`."""
    RUNS: Format | None = None
    """The format its candidates are in: models that no route leads there from are refused at once."""
    METHODS: Collection[str] = ()
    """Every method it has, also those it does not propose by itself; a mapping to the options of each, if it says."""
    KEEPS_WORKER: bool = False
    """Whether recipes of one run may be made in one worker, because its framework starts slowly."""
    INSTALL_FIRST: tuple[str, ...] = ()
    """Requirements of its environment that come before all others."""
    INSTALL_WITHOUT_DEPENDENCIES: tuple[str, ...] = ()
    BUILD_ENVIRONMENT: Mapping[str, str] = {}
    """Variables of the build of its environment."""
    tokenizer: Callable[[Path], Tokenizer] | None = None
    """Who reads the tokenizer inside a file of a model of text."""
    profile_operators: OperatorProfiler | None = None
    """Its view into its runtime's own profiler."""
