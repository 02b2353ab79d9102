"""Scores of a model's outputs, item by item, and comparisons of whole outputs with a baseline's."""

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from edgeci.errors import BackendFailed
from edgeci.evaluation.arrays import Array, Floats
from edgeci.evaluation.labels import classes_of
from edgeci.evaluation.samples import Samples
from edgeci.evaluation.scores import are_shares, cosine_distances, divergences, is_single_score, score, threshold_of
from edgeci.metrics import METRICS, OUTPUT_COMPARISONS
from edgeci.types import Agreement, Items, OutputAgreement, Scores

SAME_COSINE = 0.999
"""A lossless method (a conversion, a graph optimization) must agree with its source this well,"""
SAME_CHANNEL = 0.05
"""err in no channel by more than this share of its spread,"""
SAME_IDS = 0.999
"""and give this share of whole numbers and texts as they were."""
LOST_CHANNEL = 0.7
"""Beyond, a channel no longer follows the source's, whatever the other channels do: half of its variance is gone."""
LOST_IDS = 0.5


def broken(agreement: Agreement, is_judged: str) -> str | None:
    """Why a candidate is not worth measuring: an output, or a channel of one, is lost that the metric does not look at.

    Args:
        is_judged: the output whose every channel the metric looks at, so that the metric can tell.
    """
    for output in agreement.outputs:
        if output.name != is_judged and (reason := lost(output)) is not None:
            return reason
    return None


def lost(output: OutputAgreement) -> str | None:
    if output.equal is not None and not output.varies and output.equal < LOST_IDS:
        return f"only {output.equal:.1%} of its output {output.name} are the source's values"
    if output.worst is not None and output.worst > LOST_CHANNEL:
        return (
            f"its output {output.name} no longer follows the source's in {output.channel or 'all'}: the error is "
            f"{output.worst:.2f} times the spread of the values there (at most {LOST_CHANNEL} is let in)"
        )
    return None


def altered(agreement: Agreement) -> str | None:
    """Why answers are not the source's own."""
    reasons = (reason for output in agreement.outputs if (reason := other(output)) is not None)
    return next(reasons, None)


def other(output: OutputAgreement) -> str | None:
    if output.equal is not None and output.equal < SAME_IDS:
        return f"{1 - output.equal:.1%} of its output {output.name} are other values than the source's"
    if output.cosine is not None and output.cosine < SAME_COSINE:
        return turned_text(output.cosine)
    if output.worst is not None and output.worst > SAME_CHANNEL:
        return (
            f"its output {output.name} errs in {output.channel or 'all'} by {output.worst:.3f} times the spread of "
            f"the source's values there (at most {SAME_CHANNEL} is let in)"
        )
    return None


def turned(agreement: Agreement) -> str | None:
    """The same of embeddings, of which only the direction counts."""
    cosine = agreement.cosine
    return None if cosine is not None and cosine >= SAME_COSINE else turned_text(cosine or 0.0)


def turned_text(cosine: float) -> str:
    return f"their mean cosine similarity with the source's is {cosine:.4f} (at least {SAME_COSINE} is needed)"


def told(agreement: Agreement) -> str:
    """In the fewest words that say it: of vectors their angle, of ids how many are the same, else the worst error."""
    if agreement.cosine is not None:
        return f"cosine {agreement.cosine:.4f}"
    equal = [output.equal for output in agreement.outputs if output.equal is not None]
    if equal:
        return f"{min(equal):.1%} of the answers equal"
    worst = [output.worst for output in agreement.outputs if output.worst is not None]
    return f"error {max(worst, default=0):.2g} of the spread"


def scored(
    answers: Iterable[Sequence[Array]],
    places: Mapping[str, int],
    items: Samples,
    asked: Items,
    save: Path | None,
    theirs: Path | None,
) -> dict[str, Scores]:
    """One pass over the answers; an output is kept whole where a metric, or somebody else's, compares it.

    Args:
        places: of the output that each metric reads.

    Raises:
        ConfigError: a metric that means nothing of such an output.
        BackendFailed: outputs of another size than the baseline's.
    """
    samples: dict[str, list[float]] = {metric: [] for metric in places if metric not in OUTPUT_COMPARISONS}
    compares = {place for metric, place in places.items() if metric in OUTPUT_COMPARISONS}
    kept: dict[int, list[Floats]] = {}
    for index, given in enumerate(answers):
        label = None if items.labels is None else items.labels[index]
        for metric, values in samples.items():
            values.append(score(metric, given[places[metric]], label, items.classes))
        for place in set(places.values()):
            if place in compares or is_single_score(given[place]):
                kept.setdefault(place, []).append(np.asarray(given[place], np.float32).reshape(-1))
    ours: dict[str, Floats] = {str(place): np.stack(values) for place, values in kept.items()}
    if save is not None and ours:
        keep(ours, save)
    reference = ours if theirs is None else kept_in(theirs)
    return {metric: of_items(metric, decided(metric, samples[metric], reference.get(str(place)), asked), items)
            if metric in samples else compared(metric, ours[str(place)], reference[str(place)], items.slices)
            for metric, place in places.items()}  # fmt: skip


def keep(outputs: Mapping[str, Floats], path: Path) -> None:
    with path.open("wb") as stream:
        np.savez(stream, **outputs)  # type: ignore[arg-type]


def kept_in(path: Path) -> dict[str, Floats]:
    with np.load(path, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def decided(metric: str, values: list[float], reference: Floats | None, asked: Items) -> list[float]:
    """Classes from single scores, by where the baseline's lie; what is no score of a class stays."""
    if METRICS[metric].kind != "class" or reference is None or reference.shape[1] != 1:
        return values
    limit = threshold_of(reference, asked.threshold)
    return [value if math.isnan(value) else float(value >= limit) for value in values]


def of_items(metric: str, samples: list[float], items: Samples) -> Scores:
    labels: tuple[float, ...] = ()
    if METRICS[metric].kind == "class" and METRICS[metric].needs_labels and items.labels is not None:
        labels = tuple(map(float, classes_of(items.labels, "labels")))
    return Scores(samples=tuple(samples), labels=labels, slices=items.slices)


def compared(metric: str, ours: Array, theirs: Array, slices: tuple[str, ...]) -> Scores:
    """A candidate's whole outputs against the baseline's."""
    if theirs.shape != ours.shape:
        raise BackendFailed(f"{ours.shape[1]} outputs an item, the baseline has {theirs.shape[1]}")
    if metric == "cosine_distance":
        return Scores(samples=tuple(cosine_distances(theirs, ours)), slices=slices)
    taken_for = "shares" if are_shares(np.asarray(theirs, np.float64)) else "softmax of the outputs"
    return Scores(samples=tuple(divergences(theirs, ours)), slices=slices, class_scores=taken_for)
