"""Scores of a model's outputs, item by item, and comparisons of whole outputs with a baseline's."""

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from edgeci.errors import BackendFailed
from edgeci.evaluation.arrays import Array, Floats
from edgeci.evaluation.comparisons import are_shares, cosine_distances, divergences
from edgeci.evaluation.labels import classes_of
from edgeci.evaluation.measures import Taken, flags, take
from edgeci.evaluation.measures.classes import is_single_score, threshold_of
from edgeci.evaluation.samples import Samples
from edgeci.metrics import METRICS, OUTPUT_COMPARISONS
from edgeci.types import Items, Scores

Places = Mapping[str, tuple[int, ...]]


def scored(
    answers: Iterable[Sequence[Array]],
    places: Places,
    items: Samples,
    asked: Items,
    save: Path | None,
    theirs: Path | None,
) -> dict[str, Scores]:
    """One pass over the answers; an output is kept whole where a metric, or somebody else's, compares it.

    Args:
        places: of the outputs that each metric reads.

    Raises:
        ConfigError: a metric that means nothing of such an output.
        BackendFailed: outputs of another size than the baseline's.
    """
    taken: dict[str, list[Taken]] = {metric: [] for metric in places if metric not in OUTPUT_COMPARISONS}
    kept: dict[int, list[Floats]] = {}
    for index, given in enumerate(answers):
        label = None if items.labels is None else items.labels[index]
        for metric, values in taken.items():
            chosen = [given[place] for place in places[metric]]
            values.append(take(METRICS[metric], chosen, label, items, asked))
        for place in {place for metric, chosen in places.items() for place in chosen if is_kept(metric, given[place])}:
            kept.setdefault(place, []).append(np.asarray(given[place], np.float32).reshape(-1))
    ours: dict[str, Floats] = {str(place): np.stack(values) for place, values in kept.items()}
    if save is not None and ours:
        keep(ours, save)
    reference = ours if theirs is None else kept_in(theirs)
    return {
        metric: of_items(metric, decided(metric, taken[metric], reference.get(str(chosen[0])), asked), items)
        if metric in taken
        else compared(metric, ours[str(chosen[0])], reference[str(chosen[0])], items)
        for metric, chosen in places.items()
    }


def is_kept(metric: str, output: Array) -> bool:
    """Whether all items, or somebody else's, have to be seen before it says anything."""
    wants = METRICS[metric].wants
    return metric in OUTPUT_COMPARISONS or wants == "flags" or (wants == "class" and is_single_score(output))


def keep(outputs: Mapping[str, Floats], path: Path) -> None:
    with path.open("wb") as stream:
        np.savez(stream, **outputs)  # type: ignore[arg-type]


def kept_in(path: Path) -> dict[str, Floats]:
    with np.load(path, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def decided(metric: str, taken: list[Taken], reference: Floats | None, asked: Items) -> list[Taken]:
    """Classes and labels from scores, by where the baseline's lie; what is no score stays."""
    known = METRICS[metric]
    if reference is None or known.wants not in ("class", "flags"):
        return taken
    limit = threshold_of(reference, asked.threshold)
    if known.wants == "flags":
        return [flags.decided(known, each, limit) for each in taken]
    if reference.shape[1] != 1:
        return taken
    return [
        each if math.isnan(each.sample) else dataclasses.replace(each, sample=float(each.sample >= limit))
        for each in taken
    ]


def of_items(metric: str, taken: list[Taken], items: Samples) -> Scores:
    known = METRICS[metric]
    labels: tuple[float, ...] = ()
    if known.is_hit:
        labels = (1.0,) * len(taken)
    elif known.kind == "class" and known.needs_labels and items.labels is not None:
        labels = tuple(map(float, classes_of(items.labels, "labels")))
    rows = tuple(each.row for each in taken) if known.kind == "set" else ()
    samples = tuple(each.sample for each in taken)
    return Scores(samples=samples, labels=labels, rows=rows, slices=items.slices, clusters=items.clusters)


def compared(metric: str, ours: Array, theirs: Array, items: Samples) -> Scores:
    """A candidate's whole outputs against the baseline's."""
    if theirs.shape != ours.shape:
        raise BackendFailed(f"{ours.shape[1]} outputs an item, the baseline has {theirs.shape[1]}")
    belongs = {"slices": items.slices, "clusters": items.clusters}
    if metric == "cosine_distance":
        return Scores(samples=tuple(cosine_distances(theirs, ours)), **belongs)
    taken_for = "shares" if are_shares(np.asarray(theirs, np.float64)) else "softmax of the outputs"
    return Scores(samples=tuple(divergences(theirs, ours)), class_scores=taken_for, **belongs)
