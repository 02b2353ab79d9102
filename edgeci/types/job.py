"""What most of a worker's functions take: one candidate on one target, and the items it is asked about."""

from edgeci.types.answers import Detection, SymbolSequence
from edgeci.types.data import DataSource, Text
from edgeci.types.model import Tensor
from edgeci.types.noun import Name, Noun
from edgeci.types.recipe import Recipe
from edgeci.types.target import Target


class Items(Noun):
    """Where the items of a data source are, and everything that makes them what a model takes."""

    source: DataSource
    folder: str
    """In which the source's path and functions are looked up."""
    tensors: tuple[Tensor, ...] = ()
    """The model's inputs."""
    outputs: tuple[Tensor, ...] = ()
    """The model's outputs."""
    operators: tuple[str, ...] = ()
    """The model's own."""
    metric: str = "accuracy"
    """That judges."""
    output: str | int | tuple[str | int, ...] | None = None
    """Which of several outputs it reads, where that is said."""
    threshold: float | None = None
    """From which a single score means class 1."""
    detection: Detection = Detection()
    """How boxes are written."""
    sequence: SymbolSequence = SymbolSequence()
    """How a sequence of symbols is read."""
    text: Text = Text()
    """How a model of text is asked."""
    model: str = ""
    """The source model, whose own tokenizer reads its text."""
    tokenizer: str = ""
    """The backend that finds the tokenizer in it."""
    kept: str = ""
    """File of the items as their kind keeps them; empty where each reader reads the source itself."""


class Job(Noun):
    """A candidate to be run on a target, and what it is asked."""

    kind: Name
    model: str
    """The candidate's main file."""
    recipe: Recipe
    target: Target
    items: Items


class Scores(Noun):
    """What one quality metric needs of a pass over the items: a raw sample of each."""

    samples: tuple[float, ...]
    labels: tuple[float, ...] = ()
    rows: tuple[tuple[float, ...], ...] = ()
    """Of metrics of a whole set: what each item adds to it."""
    slices: tuple[str, ...] = ()
    clusters: tuple[str, ...] = ()
    class_scores: str | None = None
    """What the outputs were taken for, where they were compared as a distribution."""
    tokens: int | None = None
    """Of each item, where it is a stretch of text."""
