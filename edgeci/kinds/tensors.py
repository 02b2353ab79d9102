"""Arrays in, arrays out: what most models are."""

import functools
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from edgeci.errors import BackendFailed, ConfigError
from edgeci.evaluation.arrays import Array
from edgeci.evaluation.samples import Feeds, Samples, read_samples
from edgeci.evaluation.scores import agreement as compared
from edgeci.kinds import outputs
from edgeci.kinds.families import of_graph
from edgeci.kinds.protocol import Family, Request
from edgeci.metrics import METRICS
from edgeci.types import Agreement, Assessment, Items, Scores, Text

TITLE = "tensor model"
TIMINGS: tuple[str, ...] = ()
CHECKED = 32
MEMORY_RUNS = 3
EVERY_METHOD_FITS = False
PROFILED = True
KEPT_AS = np.float64
OUTPUTS = "outputs"


class Session(Protocol):
    """A loaded model that answers one item at a time."""

    @property
    def runtime(self) -> Mapping[str, str]:
        """What really runs: execution providers or device, inference precision, threads."""

    def infer(self, feeds: Mapping[str, Array]) -> list[Array]:
        """Outputs in the model's order for one item with its batch dimension."""


class Inference:
    """One item, again and again."""

    untimed = 1
    settles = (5, 0.02)

    def __init__(self, session: Session, feeds: Feeds) -> None:
        self.parts: dict[str, list[float]] = {}
        self.seconds = 0.0
        self.ask = functools.partial(session.infer, feeds)


def family(assessment: Assessment) -> Family:
    return of_graph(assessment.operators)


def starter() -> str:
    return Path(__file__).with_name("starters").joinpath("tensors.yaml").read_text(encoding="utf-8")


def refuse_settings(assessment: Assessment, text: Text) -> None:
    """Nothing is asked of it but its items."""


keep = None


def read(asked: Items) -> Samples:
    """What the inputs cannot take is said of the first item."""
    items = read_samples(asked.source, Path(asked.folder), asked.tensors)
    items.feeds(0)
    return items


def refuse_without_items(metric: str, items: Samples) -> None:
    if METRICS[metric].needs_labels and items.labels is None:
        source = items.source
        raise ConfigError(
            f"{source.path or source.python}: no labels ({source.labels!r}), which {metric} needs; "
            "without labels only agreement, kl_divergence and cosine_distance can be measured"
        )


def digests(items: Samples) -> list[str]:
    return items.digests()


def expected(items: Samples) -> str:
    """Digest of the labels and slices."""
    labels = b"" if items.labels is None else np.ascontiguousarray(items.labels, np.float64).tobytes()
    return hashlib.sha256(labels + "\n".join(items.slices).encode(errors="surrogatepass")).hexdigest()


def remarks(items: Samples) -> tuple[str, ...]:
    """Every item is read whole."""
    return ()


def requests(session: Session, items: Samples, asked: Items, most: int) -> list[Request]:
    return [Inference(session, items.feeds(index)) for index in range(min(most, len(items)))]


def rehearsal(session: Session, items: Samples, asked: Items) -> Request:
    return Inference(session, items.feeds(0))


def timings(parts: Mapping[str, Sequence[float]], text: Text) -> dict[str, list[float]]:
    """An inference has no parts."""
    return {}


def look(session: Session, items: Samples) -> dict[str, Array]:
    """The first output of each item as (items, ...) float64; every output must be finite."""
    answers = []
    for index in range(min(CHECKED, len(items))):
        given = session.infer(items.feeds(index))
        if any(part.dtype.kind == "f" and not np.isfinite(part).all() for part in given):
            raise BackendFailed(f"item {index}: the output holds NaN or infinity")
        answers.append(np.asarray(given[0], np.float64))
    if len({answer.shape for answer in answers}) > 1:
        shortest = min(answer.size for answer in answers)
        answers = [answer.reshape(-1)[:shortest] for answer in answers]
    return {OUTPUTS: np.stack(answers)}


def agreement(theirs: Mapping[str, Array], ours: Mapping[str, Array]) -> Agreement:
    reference, answers = theirs[OUTPUTS], ours[OUTPUTS]
    if answers.shape != reference.shape:
        raise BackendFailed(f"its outputs have shape {answers.shape[1:]}, the source's {reference.shape[1:]}")
    return compared(reference, answers)


broken = outputs.broken
altered = outputs.turned
told = outputs.told


def predict(
    session: Session, items: Samples, asked: Items, metrics: list[str], save: Path | None, theirs: Path | None
) -> dict[str, Scores]:
    """One raw sample per item and metric, batch 1, as the device will be asked."""
    for metric in metrics:
        refuse_without_items(metric, items)
    answers = (session.infer(items.feeds(index))[0] for index in range(len(items)))
    return outputs.scored(answers, items, metrics, save, theirs)
