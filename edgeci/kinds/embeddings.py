"""Embedding models: a whole text in, one vector out.

What is timed is a text of fixed length that is embedded again and again.
"""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from edgeci.errors import BackendFailed
from edgeci.evaluation import embedding_scores
from edgeci.evaluation.arrays import Array
from edgeci.evaluation.comparisons import cosine_distances
from edgeci.evaluation.embedding_scores import Retrieved
from edgeci.evaluation.embeddings import refuse_without_items as refuse_without_pairs
from edgeci.evaluation.embeddings import tokenize
from edgeci.evaluation.text_items import TextSamples
from edgeci.kinds import outputs, tokens
from edgeci.kinds.protocol import Family, Request
from edgeci.metrics import METRICS, Metric
from edgeci.types import Agreement, Assessment, Items, Scores, Text

TITLE = "embedding model"
TIMINGS: tuple[str, ...] = ()
CHECKED = 4
MEMORY_RUNS = 1
EVERY_METHOD_FITS = True
PROFILED = False
KEPT_AS = np.float32
VECTORS = "embeddings"
REHEARSED_TOKENS = 8


class Session(Protocol):
    """A loaded model that turns a text into one vector. A text leaves nothing behind for the next."""

    @property
    def runtime(self) -> Mapping[str, str]:
        """What really runs: version, device, threads, and how the vectors of the tokens become one (`pooling`)."""

    def embed(self, tokens: Sequence[int]) -> Array:
        """(dimension,) float32 of a whole text, special tokens included; of any length, for it is compared by angle."""


class Embedding:
    """One text, again and again."""

    untimed = 0
    settles = (1, 0.05)

    def __init__(self, session: Session, prompt: tuple[int, ...]) -> None:
        self.session, self.prompt = session, prompt
        self.parts: dict[str, list[float]] = {}
        self.seconds = 0.0

    def ask(self) -> list[Array]:
        started = time.perf_counter_ns()
        vector = self.session.embed(self.prompt)
        self.seconds = (time.perf_counter_ns() - started) / 1e9
        return [vector]


def family(assessment: Assessment) -> Family:
    return "embedding-model"


def starter() -> str:
    return Path(__file__).with_name("starters").joinpath("embeddings.yaml").read_text(encoding="utf-8")


def refuse_settings(assessment: Assessment, text: Text) -> None:
    tokens.refuse_beyond_context(assessment, text, text.prompt_tokens)


def keep(asked: Items, save: Path) -> None:
    tokenize(asked.source, Path(asked.folder), tokens.tokenizer(asked), asked.text).save(save)


read = tokens.read
digests = tokens.digests
remarks = tokens.remarks
refuse_unfit_items = tokens.refuse_unfit_items


def refuse_without_items(metric: str, items: TextSamples) -> None:
    refuse_without_pairs(metric, items)


def counted(items: TextSamples, metric: str) -> int:
    """Pairs, or texts."""
    return len(items.windows) if METRICS[metric].is_comparison else len(items.pairs)


def reads(asked: Items, metric: str) -> str:
    """It has one answer."""
    return ""


def refuse_unfit_answers(session: Session, items: TextSamples, asked: Items, metric: str) -> None:
    """Every answer is what its session's contract says."""


def expected(items: TextSamples) -> str:
    """The pairs are part of the items."""
    return ""


def requests(session: Session, items: TextSamples, asked: Items, most: int) -> list[Request]:
    return [Embedding(session, tokens.prompt(items, asked.text.prompt_tokens))]


def rehearsal(session: Session, items: TextSamples, asked: Items) -> Request:
    return Embedding(session, tokens.prompt(items, REHEARSED_TOKENS))


def timings(parts: Mapping[str, Sequence[float]], text: Text) -> dict[str, list[float]]:
    """A request has no parts."""
    return {}


def look(session: Session, items: TextSamples) -> dict[str, Array]:
    return {VECTORS: vectors(session, tokens.first_windows(items, CHECKED))}


def vectors(session: Session, windows: Sequence[Sequence[int]]) -> Array:
    """(n, dimension) embeddings that are some."""
    embedded = []
    for text in windows:
        embedded.append(session.embed(text))
        if (defect := embedding_scores.defect(embedded[-1])) is not None:
            raise BackendFailed(defect)
    return np.stack(embedded).astype(np.float32)


def agreement(theirs: Mapping[str, Array], ours: Mapping[str, Array]) -> Agreement:
    refuse_other_dimension(theirs[VECTORS], ours[VECTORS])
    return embedding_scores.compared(theirs[VECTORS].astype(np.float32), ours[VECTORS].astype(np.float32))


def refuse_other_dimension(theirs: Array, ours: Array) -> None:
    if theirs.shape != ours.shape:
        raise BackendFailed(f"its embeddings have {ours.shape[1]} numbers, the source's {theirs.shape[1]}")


def broken(agreement: Agreement, asked: Items, metric: str) -> str | None:
    """Nothing is too far from its source to be measured: other vectors may find the same passages."""
    return None


altered = outputs.turned
told = outputs.told


def predict(
    session: Session, items: TextSamples, asked: Items, metrics: list[str], save: Path | None, theirs: Path | None
) -> dict[str, Scores]:
    """One pass over all texts gives everything."""
    for metric in metrics:
        refuse_without_pairs(metric, items)
    ours = vectors(session, items.windows)
    if save is not None:
        np.save(save, ours)
    reference = ours if theirs is None else np.load(theirs, allow_pickle=False)
    refuse_other_dimension(reference, ours)
    retrieved = embedding_scores.retrieved(ours.astype(np.float32), items.pairs)
    answers = {metric: answered(METRICS[metric], retrieved, items) for metric in metrics}
    return {**answers, "cosine_distance": Scores(samples=tuple(cosine_distances(reference, ours)))}


def answered(metric: Metric, retrieved: Retrieved, items: TextSamples) -> Scores:
    """A passage is a class: the nearest one is the prediction, a query's own is the label. Recall is a hit or none."""
    samples, labels = tuple(retrieved.nearest), tuple(retrieved.own)
    if metric.is_hit:
        samples, labels = tuple(float(before < metric.at) for before in retrieved.before), (1.0,) * len(labels)
    truth = labels if metric.needs_labels else ()
    return Scores(samples=samples, labels=truth, slices=items.slices, clusters=items.clusters)
