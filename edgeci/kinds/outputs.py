"""Scores of a model's outputs, item by item, and comparisons of whole outputs with a baseline's."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from edgeci.errors import BackendFailed, ConfigError
from edgeci.evaluation.arrays import Array
from edgeci.evaluation.samples import Samples
from edgeci.evaluation.scores import are_shares, cosine_distances, divergences, score
from edgeci.metrics import METRICS, OUTPUT_COMPARISONS
from edgeci.types import Agreement, Scores

SAME_COSINE = 0.999
"""A lossless method (a conversion, a graph optimization) must agree with its source this well."""


def broken(agreement: Agreement) -> str | None:
    """Nothing is too far from its source to be measured."""
    return None


def turned(agreement: Agreement) -> str | None:
    """Why answers are not the source's, by the angle between them."""
    if agreement.cosine >= SAME_COSINE:
        return None
    return (
        f"their mean cosine similarity with the source's is {agreement.cosine:.4f} (at least {SAME_COSINE} is needed)"
    )


def told(agreement: Agreement) -> str:
    return f"cosine {agreement.cosine:.4f}"


def scored(
    answers: Iterable[Array], items: Samples, metrics: list[str], save: Path | None, theirs: Path | None
) -> dict[str, Scores]:
    """One pass over the answers; they are kept whole where a metric, or somebody else's, compares them."""
    single = [metric for metric in metrics if metric not in OUTPUT_COMPARISONS]
    samples: dict[str, list[float]] = {metric: [] for metric in single}
    kept: list[Array] = []
    is_compared = len(single) < len(metrics)
    for index, answer in enumerate(answers):
        for metric in single:
            samples[metric].append(score(metric, answer, None if items.labels is None else items.labels[index]))
        if is_compared:
            kept.append(several(answer))
    if is_compared and save is not None:
        np.save(save, np.stack(kept))
    return {metric: of_items(metric, samples[metric], items) if metric in samples
            else compared(metric, np.stack(kept), theirs, items.slices) for metric in metrics}  # fmt: skip


def of_items(metric: str, samples: list[float], items: Samples) -> Scores:
    is_labelled = METRICS[metric].kind == "class" and METRICS[metric].needs_labels and items.labels is not None
    labels = tuple(map(float, items.labels)) if is_labelled and items.labels is not None else ()
    return Scores(samples=tuple(samples), labels=labels, slices=items.slices)


def compared(metric: str, ours: Array, path: Path | None, slices: tuple[str, ...]) -> Scores:
    """A candidate's whole outputs against the baseline's."""
    theirs = ours if path is None else np.load(path, allow_pickle=False)
    if theirs.shape != ours.shape:
        raise BackendFailed(f"{ours.shape[1]} outputs an item, the baseline has {theirs.shape[1]}")
    if metric == "cosine_distance":
        return Scores(samples=tuple(cosine_distances(theirs, ours)), slices=slices)
    taken_for = "shares" if are_shares(np.asarray(theirs, np.float64)) else "softmax of the outputs"
    return Scores(samples=tuple(divergences(theirs, ours)), slices=slices, class_scores=taken_for)


def several(output: Array) -> Array:
    """The scores of one item's classes, or its embedding; a comparison of anything else means nothing."""
    if output.dtype.kind != "f" or output.size < 2:
        raise ConfigError(
            "kl_divergence needs outputs that are scores of several classes, cosine_distance an embedding, and these "
            "are neither"
        )
    return np.asarray(output, np.float32).reshape(-1)
