"""The whole contract between edgeci and a kind of model: a module with these names.

A kind knows what the items of its models are, which data it refuses, how a session is asked, how two answers agree and
what is measured of them. It never asks which backend a session comes from.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

import numpy as np

from edgeci.evaluation.arrays import Array
from edgeci.types import Agreement, Assessment, Items, Scores, Text

SessionT = TypeVar("SessionT", contravariant=True)  # noqa: PLC0105 - it reads better without `_contra`
ItemsT = TypeVar("ItemsT")
Family = Literal["convolutional", "transformer-encoder", "embedding-model", "language-model", "other"]
"""What a model's weights are like: the strategies that are worth trying depend on it."""


class Request(Protocol):
    """A session with one thing that it is asked again and again."""

    parts: dict[str, list[float]]
    """Milliseconds by metric, one a request; empty where a request has no parts."""
    seconds: float
    """Of the last request, where no untimed one tells."""

    @property
    def untimed(self) -> int:
        """Requests that a timed block begins with and drops, because they meet cold caches."""

    @property
    def settles(self) -> tuple[int, float]:
        """It is warm when so many requests took as much CPU time as so many before, within this share."""

    def ask(self) -> Sequence[Array]:
        """Ask once; what is answered."""


class Kind(Protocol[SessionT, ItemsT]):
    """What every kind has. `items` are the items as `read` gives them, `asked` says where they are."""

    @property
    def TITLE(self) -> str:  # noqa: N802 - a module constant
        """What people call such a model, `language model`."""

    @property
    def TIMINGS(self) -> tuple[str, ...]:  # noqa: N802 - a module constant
        """Timing metrics that it adds to those of every kind."""

    @property
    def CHECKED(self) -> int:  # noqa: N802 - a module constant
        """Items that a new candidate is looked at on."""

    @property
    def MEMORY_RUNS(self) -> int:  # noqa: N802 - a module constant
        """Requests after which its memory has reached its peak."""

    @property
    def EVERY_METHOD_FITS(self) -> bool:  # noqa: N802 - a module constant
        """Whether any method of a backend fits any model of the kind; else its operators decide."""

    @property
    def PROFILED(self) -> bool:  # noqa: N802 - a module constant
        """Whether `profile` can look into it."""

    @property
    def KEPT_AS(self) -> type[np.generic]:  # noqa: N802 - a module constant
        """How the numbers of a look are kept for those that are compared with it."""

    def family(self, assessment: Assessment) -> Family:
        """What the weights are like."""

    def starter(self) -> str:
        """A jinja2 template of the edgeci.yaml to begin with.

        It knows `model`, `inputs`, `architecture`, `example` and `gates` (edgeci.planning.starting_gates).
        """

    def refuse_settings(self, assessment: Assessment, text: Text) -> None:
        """Raise ConfigError for what such a model cannot be asked."""

    @property
    def keep(self) -> Callable[[Items, Path], None] | None:
        """Makes the items, once and in a worker, and writes them to the file that `read` reads ever after.

        None where each reader reads the data source itself.
        """

    def read(self, asked: Items) -> ItemsT:
        """The items. Raises ConfigError or InputRejected for data that cannot be used."""

    def refuse_unfit_items(self, items: ItemsT, asked: Items) -> None:
        """Raise ConfigError for items that the model cannot take. Asked once, before anything is made."""

    def refuse_without_items(self, metric: str, items: ItemsT) -> None:
        """Raise ConfigError where the items do not allow a metric."""

    def counted(self, items: ItemsT, metric: str) -> int:
        """Samples that a metric has of the items: known before anybody answers."""

    def reads(self, asked: Items, metric: str) -> str:
        """Which of several answers a metric is taken of and why, in words; nothing where there is one.

        Raises ConfigError where there is none, or several that it could mean.
        """

    def refuse_unfit_answers(self, session: SessionT, items: ItemsT, asked: Items, metric: str) -> None:
        """Raise ConfigError for answers of which a metric means nothing. Asked of the baseline, before all else."""

    def digests(self, items: ItemsT) -> list[str]:
        """sha256 of each item: equal digests, the same item."""

    def expected(self, items: ItemsT) -> str:
        """Digest of what the items should give: another one makes another measurement of the same items."""

    def remarks(self, items: ItemsT) -> tuple[str, ...]:
        """What a person should know of the data, a sentence each: items that were left out."""

    def requests(self, session: SessionT, items: ItemsT, asked: Items, most: int) -> list[Request]:
        """What is timed: at least one request, at most so many that take turns."""

    def rehearsal(self, session: SessionT, items: ItemsT, asked: Items) -> Request:
        """The shortest request that brings the runtime's own code into memory."""

    def timings(self, parts: Mapping[str, Sequence[float]], text: Text) -> dict[str, list[float]]:
        """Samples of TIMINGS from the parts of the requests."""

    def look(self, session: SessionT, items: ItemsT) -> dict[str, Array]:
        """What it makes of the first CHECKED items. Raises BackendFailed where that is nothing."""

    def agreement(self, theirs: Mapping[str, Array], ours: Mapping[str, Array]) -> Agreement:
        """How two such looks agree. Raises BackendFailed where they cannot be compared."""

    def broken(self, agreement: Agreement, asked: Items, metric: str) -> str | None:
        """Why a candidate is not worth measuring; of what the metric looks at itself, it is the better judge."""

    def altered(self, agreement: Agreement) -> str | None:
        """Why these are not the source's own answers, as a lossless method must give them."""

    def told(self, agreement: Agreement) -> str:
        """An agreement in few words."""

    def predict(
        self, session: SessionT, items: ItemsT, asked: Items, metrics: list[str], save: Path | None, theirs: Path | None
    ) -> dict[str, Scores]:
        """Raw samples by metric: those asked for, and what else one pass gives.

        A baseline writes what others are compared with to `save`; a candidate is compared with `theirs`. A comparison
        without theirs is with itself, and perfect.
        """


AnyKind = Kind[Any, Any]
"""A kind that came by its name: what its sessions and items are, only it knows."""
