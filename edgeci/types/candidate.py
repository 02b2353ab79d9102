"""What became of a recipe: a candidate that agrees with its source, or the reason why there is none."""

from edgeci.types.model import File
from edgeci.types.noun import Name, Noun
from edgeci.types.recipe import Recipe


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


class OutputAgreement(Noun):
    """One output of a candidate against the same of the baseline. None: does not go with its values."""

    name: str
    equal: float | None = None
    """Whole numbers and texts: share of the values that are the baseline's."""
    cosine: float | None = None
    """Mean cosine similarity of the flattened outputs."""
    max_error: float | None = None
    """Largest absolute difference."""
    same_top: float | None = None
    """Share of items with the same top class, where an item has one row of numbers."""
    worst: float | None = None
    """Largest error of a channel in units of that channel's own spread: 0 is equal, 1 no better than a constant."""
    channel: str = ""
    """Which channel that is."""
    varies: bool = False
    """Its size depends on the item, and only that was compared (`equal`)."""


class Agreement(Noun):
    """A candidate's outputs against the baseline's on the same items, before anything is measured."""

    items: int
    cosine: float | None
    """Mean cosine similarity of the flattened outputs, the least of several outputs; None where none is a vector."""
    max_error: float
    """Largest absolute difference."""
    same_top: float | None
    """Share of items (of tokens, for text) with the same top class; None where outputs are not class scores."""
    kl_divergence: float | None = None
    """Text only: mean over the tokens of KL(source || candidate), nats."""
    outputs: tuple[OutputAgreement, ...] = ()
    """Each of them, where there can be several."""


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
