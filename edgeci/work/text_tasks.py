"""What a worker can be asked to do with a model of text. The same tasks as for tensors, on tokens.

A language model and an embedding model differ in what a session answers, and in nothing else.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from edgeci.backends.protocol import EmbeddingSession, TextSession
from edgeci.backends.registry import text_backend, tokenizer
from edgeci.errors import BackendFailed
from edgeci.evaluation import embedding_scores, embeddings, text_scores
from edgeci.evaluation.scores import cosine_distances
from edgeci.evaluation.text import TextSamples, load_samples, refuse_without_items, tokenize
from edgeci.metrics import TEXT_METRICS
from edgeci.types import Agreement, DataSource, Recipe, Task, Text
from edgeci.work.tasks import precision, version
from edgeci.work.text_timing import load, open_session, open_up, peak_memory, time_block

__all__ = ["inspect", "load", "open_up", "optimize", "outputs", "peak_memory", "predict", "time_block"]
"""Every task, wherever it is written."""

EMBEDDED = "embeddings"
"""Name of the one array that is kept of an embedding model's outputs."""


def inspect(
    model: str,
    backend: str,
    model_task: Task,
    source: dict[str, Any],
    folder: str,
    text: dict[str, Any],
    save: str,
) -> dict[str, Any]:
    """Tokenize a data source with the source model's tokenizer and keep the items in `save`.

    Raises:
        ConfigError, InputRejected: data that cannot be used, or a model without a tokenizer.
    """
    cut_up = embeddings.tokenize if model_task == "embeddings" else tokenize
    samples = cut_up(DataSource(**source), Path(folder), tokenizer(backend, Path(model)), Text(**text))
    samples.save(Path(save))
    return {"items": len(samples), "digests": samples.digests()}


def optimize(model: str, recipe: dict[str, Any], calibration: str | None, output: str) -> dict[str, Any]:
    """Make a candidate; report its main file, notes, weight precision and the versions that made it."""
    chosen = Recipe(**recipe)
    module = text_backend(chosen.backend)
    samples = load_samples(Path(calibration)) if calibration is not None else None
    made = module.optimize(Path(model), chosen, samples, Path(output))
    return {
        "made": made.model_dump(),
        "versions": {name: version(name) for name in module.REQUIRES},
        "precision": precision(Path(output) / made.main),
    }


def outputs(
    model: str,
    recipe: dict[str, Any],
    target: dict[str, Any],
    samples: str,
    items: int,
    save: str,
    reference: str | None = None,
) -> dict[str, Any]:
    """Load, run and look: what it makes of the first windows, kept, and compared with a reference's if given.

    Raises:
        BackendFailed: does not load, does not run, gives no probabilities or vectors, or generates nothing.
    """
    windows = checked_windows(load_samples(Path(samples)), items)
    session = open_session(model, recipe, target)
    places = Path(save), None if reference is None else Path(reference)
    if isinstance(session, EmbeddingSession):
        agreement = embedded_like(session, windows, *places)
    else:
        agreement = continued_like(session, windows, *places)
    return {
        "runtime": dict(session.runtime),
        "agreement": None if agreement is None else agreement.model_dump(),
    }


def continued_like(
    session: TextSession, windows: list[tuple[int, ...]], save: Path, reference: Path | None
) -> Agreement | None:
    """Log-probabilities, and that it writes as many tokens as it is asked for."""
    found = [scored(session, window) for window in windows]
    if len(list(session.generate(windows[0][:8], 2))) != 2:
        raise BackendFailed("it was asked for two tokens and gave another number")
    np.savez(save, *[part.astype(text_scores.STORED) for part in found])
    if reference is None:
        return None
    with np.load(reference, allow_pickle=False) as archive:
        theirs = [archive[name] for name in archive.files]
    refuse_other_vocabulary(theirs, found)
    return text_scores.compared(theirs, found)


def embedded_like(
    session: EmbeddingSession, windows: list[tuple[int, ...]], save: Path, reference: Path | None
) -> Agreement | None:
    ours = vectors(session, windows)
    np.savez(save, **{EMBEDDED: ours})
    if reference is None:
        return None
    with np.load(reference, allow_pickle=False) as archive:
        theirs = archive[EMBEDDED]
    refuse_other_dimension(theirs, ours)
    return embedding_scores.compared(theirs, ours)


def vectors(session: EmbeddingSession, windows: Sequence[Sequence[int]]) -> Any:
    """(n, dimension) embeddings that are some."""
    found = []
    for tokens in windows:
        found.append(session.embed(tokens))
        if (defect := embedding_scores.defect(found[-1])) is not None:
            raise BackendFailed(defect)
    return np.stack(found).astype(np.float32)


def refuse_other_dimension(theirs: Any, ours: Any) -> None:
    if theirs.shape != ours.shape:
        raise BackendFailed(f"its embeddings have {ours.shape[1]} numbers, the source's {theirs.shape[1]}")


def checked_windows(samples: TextSamples, items: int) -> list[tuple[int, ...]]:
    """Something to run: running text where there is any, else prompts."""
    if samples.windows:
        return list(samples.windows[:items])
    return list(samples.prompts[:items])


def scored(session: TextSession, tokens: Sequence[int]) -> Any:
    """(n, vocabulary) log-probabilities that are some."""
    found = session.log_probabilities(tokens)
    if (defect := text_scores.defect(found, tokens)) is not None:
        raise BackendFailed(defect)
    return found


def refuse_other_vocabulary(theirs: Sequence[Any], ours: Sequence[Any]) -> None:
    sizes = {part.shape[1] for part in (*theirs, *ours)}
    if len(sizes) > 1:
        raise BackendFailed(f"its vocabulary has {ours[0].shape[1]} tokens, the source's {theirs[0].shape[1]}")


def predict(
    model: str,
    recipe: dict[str, Any],
    target: dict[str, Any],
    samples: str,
    metrics: list[str],
    text: dict[str, Any],
    source_model: str,
    backend: str,
    save: str | None = None,
    reference: str | None = None,
) -> dict[str, Any]:
    """One raw sample per item and metric.

    A baseline keeps its log-probabilities of every window, or its embeddings, in `save`; a candidate is compared with
    those in `reference`. Without one, a comparison is with itself, and perfect.

    Raises:
        ConfigError: a metric has no items it could be taken on.
        BackendFailed: the session fails or gives no probabilities.
    """
    items = load_samples(Path(samples))
    session = open_session(model, recipe, target)
    if isinstance(session, EmbeddingSession):
        return embedded(session, items, metrics, save, reference)
    for metric in metrics:
        refuse_without_items(metric, items)
    found: dict[str, list[float]] = {metric: [] for metric in metrics}
    if any(metric in found for metric in TEXT_METRICS):
        for metric, value in read_windows(session, items, save, reference):
            found.get(metric, []).append(value)
    predictions: list[float] = []
    labels: list[float] = []
    if any(metric not in TEXT_METRICS for metric in metrics):
        predictions = answered(session, items, Text(**text), backend, Path(source_model))
        labels = [*(float(question.label) for question in items.questions), *(1.0 for _ in items.exercises)]
    for metric in metrics:
        if metric not in TEXT_METRICS:
            found[metric] = predictions
    return {"samples": found, "labels": labels, "slices": list(items.slices) if predictions else []}


def embedded(
    session: EmbeddingSession, items: TextSamples, metrics: list[str], save: str | None, reference: str | None
) -> dict[str, Any]:
    """One pass over all texts gives everything."""
    for metric in metrics:
        embeddings.refuse_without_items(metric, items)
    ours = vectors(session, items.windows)
    if save is not None:
        np.save(save, ours)
    theirs = np.load(reference, allow_pickle=False) if reference else ours
    refuse_other_dimension(theirs, ours)
    nearest, own = embedding_scores.retrieved(ours, items.pairs) if items.pairs else ([], [])
    found = dict.fromkeys(metrics, nearest)
    if "cosine_distance" in found:
        found["cosine_distance"] = cosine_distances(theirs, ours).tolist()
    return {"samples": found, "labels": own, "slices": list(items.slices)}


def read_windows(
    session: TextSession, items: TextSamples, save: str | None, reference: str | None
) -> Iterator[tuple[str, float]]:
    """Each window's numbers; the log-probabilities of all of them are one file that is never whole in memory."""
    theirs = np.load(reference, mmap_mode="r", allow_pickle=False) if reference else None
    kept: Any = None
    for index, window in enumerate(items.windows):
        ours = scored(session, window)
        if save is not None and kept is None:
            shape = (len(items.windows), *ours.shape)
            kept = np.lib.format.open_memmap(save, mode="w+", dtype=text_scores.STORED, shape=shape)
        if kept is not None:
            kept[index] = ours
        yield "cross_entropy", text_scores.cross_entropy(ours, window)
        if theirs is None:
            yield "kl_divergence", 0.0
            yield "same_top", 1.0
        else:
            refuse_other_vocabulary([theirs[index]], [ours])
            yield "kl_divergence", text_scores.divergence(theirs[index], ours)
            yield "same_top", text_scores.same_top(theirs[index], ours)


def answered(session: TextSession, items: TextSamples, text: Text, backend: str, source_model: Path) -> list[float]:
    """The chosen answer of each question; of each exercise 1 where it is solved (its label), 0 where not."""
    predictions: list[float] = []
    for question in items.questions:
        likelihoods = [scored(session, (*question.prompt, *choice)) for choice in question.choices]
        predictions.append(float(text_scores.chosen(question, likelihoods)))
    if items.exercises:
        words = tokenizer(backend, source_model)
        for exercise in items.exercises:
            tokens = text_scores.answer(session.generate(exercise.prompt, text.answer_tokens), items.end_tokens)
            predictions.append(float(text_scores.is_solved(exercise, words.decode(tokens))))
    return predictions
