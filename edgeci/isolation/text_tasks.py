"""What a worker can be asked to do with a language model. The same tasks as for tensors, on tokens.

A timed inference is one request: a prompt of fixed length is read and a fixed number of tokens is written, greedily,
from an empty context. Its parts (to the first token, per token after it) are timed inside the same request.
"""

import gc
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from edgeci.backends.registry import TextSession, text_backend, tokenizer
from edgeci.errors import BackendFailed
from edgeci.evaluation import text_scores
from edgeci.evaluation.text import TextSamples, load_samples, refuse_without_items, tokenize
from edgeci.isolation import service
from edgeci.isolation.scheduling import Priority, prioritized
from edgeci.isolation.tasks import loaded, measured_peak, precision, version
from edgeci.isolation.warm_up import warm_up
from edgeci.metrics import TEXT_METRICS
from edgeci.types import DataSource, Recipe, Target, Text


def inspect(
    model: str, backend: str, source: dict[str, Any], folder: str, text: dict[str, Any], save: str
) -> dict[str, Any]:
    """Tokenize a data source with the source model's tokenizer and keep the items in `save`.

    Raises:
        ConfigError, InputRejected: data that cannot be used, or a model without a tokenizer.
    """
    samples = tokenize(DataSource(**source), Path(folder), tokenizer(backend, Path(model)), Text(**text))
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


def open_session(model: str, recipe: dict[str, Any], target: dict[str, Any]) -> TextSession:
    chosen = Recipe(**recipe)
    return text_backend(chosen.backend).load(Path(model), chosen, Target(**target))


def outputs(
    model: str,
    recipe: dict[str, Any],
    target: dict[str, Any],
    samples: str,
    items: int,
    save: str,
    reference: str | None = None,
) -> dict[str, Any]:
    """Load, run and look: log-probabilities of the first windows, kept, and compared with a reference's if given.

    Raises:
        BackendFailed: does not load, does not run, gives no probabilities, or generates nothing.
    """
    windows = checked_windows(load_samples(Path(samples)), items)
    session = open_session(model, recipe, target)
    found = [scored(session, window) for window in windows]
    if len(list(session.generate(windows[0][:8], 2))) != 2:
        raise BackendFailed("it was asked for two tokens and gave another number")
    np.savez(save, *[part.astype(text_scores.STORED) for part in found])
    if reference is None:
        return {"runtime": dict(session.runtime), "agreement": None}
    with np.load(reference, allow_pickle=False) as archive:
        theirs = [archive[name] for name in archive.files]
    refuse_other_vocabulary(theirs, found)
    return {"runtime": dict(session.runtime), "agreement": text_scores.compared(theirs, found).model_dump()}


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

    A baseline keeps its log-probabilities of every window in `save`; a candidate is compared with those in
    `reference`. Without one, a comparison is with itself, and perfect.

    Raises:
        ConfigError: a metric has no items it could be taken on.
        BackendFailed: the session fails or gives no probabilities.
    """
    items = load_samples(Path(samples))
    for metric in metrics:
        refuse_without_items(metric, items)
    session = open_session(model, recipe, target)
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


class Conversation:
    """A session that is asked the same request again and again, and what it took each time."""

    def __init__(self, session: TextSession, samples: TextSamples, text: Text) -> None:
        self.session, self.text = session, text
        self.runtime = session.runtime
        self.prompt = prompt(samples, text.prompt_tokens)
        self.parts: dict[str, list[float]] = {}
        self.seconds = 0.0

    def infer(self, feeds: object) -> list[Any]:
        """One request; the ids it was answered with.

        Raises:
            BackendFailed: not as many tokens as asked for.
        """
        wall, cpu = [time.perf_counter_ns()], [time.process_time_ns()]
        tokens = []
        for token in self.session.generate(self.prompt, self.text.output_tokens):
            tokens.append(token)
            wall.append(time.perf_counter_ns())
            cpu.append(time.process_time_ns())
        if len(tokens) != self.text.output_tokens:
            raise BackendFailed(f"{self.text.output_tokens} tokens were asked for, {len(tokens)} came")
        self.seconds = (wall[-1] - wall[0]) / 1e9
        for clock, moments in (("cpu", cpu), ("wall", wall)):
            self.record(f"ttft_{clock}", (moments[1] - moments[0]) / 1e6)
            self.record(f"tpot_{clock}", (moments[-1] - moments[1]) / 1e6 / (len(tokens) - 1))
        return [np.asarray(tokens)]

    def record(self, part: str, milliseconds: float) -> None:
        self.parts.setdefault(part, []).append(milliseconds)


def prompt(samples: TextSamples, length: int) -> tuple[int, ...]:
    """Running text of exactly so many tokens, repeated where the items are shorter."""
    texts = samples.windows or samples.prompts
    tokens: list[int] = []
    while len(tokens) < length:
        tokens += [token for part in texts[:64] for token in part]
    return tuple(tokens[:length])


def load(
    model: str, recipe: dict[str, Any], target: dict[str, Any], samples: str, text: dict[str, Any]
) -> dict[str, Any]:
    """Load a session, keep it, and warm it up. Load time is CPU time, the framework imported and once rehearsed."""
    items, settings = load_samples(Path(samples)), Text(**text)
    list(open_session(model, recipe, target).generate(prompt(items, 8), 2))
    gc.collect()
    started = time.process_time_ns()
    session = open_session(model, recipe, target)
    load_ms = (time.process_time_ns() - started) / 1e6
    conversation = Conversation(session, items, settings)
    loaded["session"], loaded["feeds"] = conversation, None
    return {"load_ms": load_ms, "warm_up_runs": warmed_up(conversation), "runtime": dict(session.runtime)}


def warmed_up(conversation: Conversation) -> int:
    """A request is long: two that took the same are enough."""
    return warm_up(lambda: conversation.infer(None), window=1, tolerance=0.05)


def time_block(milliseconds: float, priority: Priority = "none", threads: int = 1) -> dict[str, Any]:
    """Requests for so long, one at least: nanoseconds of each, and the median ms of its parts.

    None is dropped: weights that are read once a token meet cold caches in every request alike.
    """
    conversation: Conversation = loaded["session"]
    conversation.parts = {}
    cpu: list[int] = []
    wall: list[int] = []
    with prioritized(priority, threads, conversation.seconds) as scheduling:
        end = time.perf_counter_ns() + int(milliseconds * 1e6)
        while not wall or time.perf_counter_ns() < end:
            cpu_before, wall_before = time.process_time_ns(), time.perf_counter_ns()
            conversation.infer(None)
            wall.append(time.perf_counter_ns() - wall_before)
            cpu.append(time.process_time_ns() - cpu_before)
    parts = {name: median(values) for name, values in conversation.parts.items()}
    return {"cpu_ns": cpu, "wall_ns": wall, "scheduling": scheduling, "untimed": 0, "parts": parts}


def peak_memory(
    model: str, recipe: dict[str, Any], target: dict[str, Any], samples: str, text: dict[str, Any]
) -> dict[str, Any]:
    """Peak resident memory of loading and of one request, above the loaded runtime. Mapped weights count."""
    if sys.platform != "linux":
        return {"unavailable": f"peak memory is read from /proc, which {sys.platform} does not have"}
    items, settings = load_samples(Path(samples)), Text(**text)

    def request() -> None:
        Conversation(open_session(model, recipe, target), items, settings).infer(None)

    return measured_peak(request)


def open_up(
    model: str, recipe: dict[str, Any], target: dict[str, Any], samples: str, text: dict[str, Any]
) -> dict[str, Any]:
    """For load and soak: a warm session that answers the same request."""
    conversation = Conversation(open_session(model, recipe, target), load_samples(Path(samples)), Text(**text))
    service.opened["session"], service.opened["feeds"] = conversation, [None]
    warmed_up(conversation)
    return dict(conversation.runtime)
