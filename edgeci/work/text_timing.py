"""How long a model of text takes: the same request again and again, from an empty context.

A request to a language model: a prompt of fixed length is read and a fixed number of tokens is written, greedily. Its
parts (to the first token, per token after it) are timed inside the same request. To an embedding model: a text of
fixed length is embedded.
"""

import gc
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any, Protocol

import numpy as np

from edgeci.backends.protocol import EmbeddingSession, TextSession
from edgeci.backends.registry import text_backend
from edgeci.errors import BackendFailed
from edgeci.evaluation.text import TextSamples, load_samples
from edgeci.types import Recipe, Target, Text
from edgeci.work import serving_load as service
from edgeci.work.scheduling import Priority, prioritized
from edgeci.work.tasks import loaded, measured_peak
from edgeci.work.warm_up import warm_up

REHEARSAL = {"prompt_tokens": 8, "output_tokens": 2}


def open_session(model: str, recipe: dict[str, Any], target: dict[str, Any]) -> TextSession | EmbeddingSession:
    chosen = Recipe(**recipe)
    return text_backend(chosen.backend).load(Path(model), chosen, Target(**target))


class Request(Protocol):
    """A session with what it is asked."""

    parts: dict[str, list[float]]
    """Milliseconds by metric, one a request; empty where a request has no parts."""
    seconds: float
    """Of the last request."""

    def infer(self, feeds: object) -> list[Any]:
        """Ask once."""


class Conversation:
    """A language model's."""

    def __init__(self, session: TextSession, prompt: tuple[int, ...], output_tokens: int) -> None:
        self.session, self.prompt, self.output_tokens = session, prompt, output_tokens
        self.runtime = session.runtime
        self.parts: dict[str, list[float]] = {}
        self.seconds = 0.0

    def infer(self, feeds: object) -> list[Any]:
        """One request; the ids it was answered with.

        Raises:
            BackendFailed: not as many tokens as asked for.
        """
        wall, cpu = [time.perf_counter_ns()], [time.process_time_ns()]
        tokens = []
        for token in self.session.generate(self.prompt, self.output_tokens):
            tokens.append(token)
            wall.append(time.perf_counter_ns())
            cpu.append(time.process_time_ns())
        if len(tokens) != self.output_tokens:
            raise BackendFailed(f"{self.output_tokens} tokens were asked for, {len(tokens)} came")
        self.seconds = (wall[-1] - wall[0]) / 1e9
        for clock, moments in (("cpu", cpu), ("wall", wall)):
            self.record(f"ttft_{clock}", (moments[1] - moments[0]) / 1e6)
            self.record(f"tpot_{clock}", (moments[-1] - moments[1]) / 1e6 / (len(tokens) - 1))
        return [np.asarray(tokens)]

    def record(self, part: str, milliseconds: float) -> None:
        self.parts.setdefault(part, []).append(milliseconds)


class Embedding:
    """An embedding model's."""

    def __init__(self, session: EmbeddingSession, prompt: tuple[int, ...]) -> None:
        self.session, self.prompt = session, prompt
        self.runtime = session.runtime
        self.parts: dict[str, list[float]] = {}
        self.seconds = 0.0

    def infer(self, feeds: object) -> list[Any]:
        started = time.perf_counter_ns()
        vector = self.session.embed(self.prompt)
        self.seconds = (time.perf_counter_ns() - started) / 1e9
        return [vector]


def request(session: TextSession | EmbeddingSession, samples: TextSamples, text: Text) -> Conversation | Embedding:
    asked = prompt(samples, text.prompt_tokens)
    if isinstance(session, EmbeddingSession):
        return Embedding(session, asked)
    return Conversation(session, asked, text.output_tokens)


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
    request(open_session(model, recipe, target), items, settings.model_copy(update=REHEARSAL)).infer(None)
    gc.collect()
    started = time.process_time_ns()
    session = open_session(model, recipe, target)
    load_ms = (time.process_time_ns() - started) / 1e6
    asked = request(session, items, settings)
    loaded["session"], loaded["feeds"] = asked, None
    return {"load_ms": load_ms, "warm_up_runs": warmed_up(asked), "runtime": dict(session.runtime)}


def warmed_up(asked: Request) -> int:
    """A request is long: two that took the same are enough."""
    return warm_up(lambda: asked.infer(None), window=1, tolerance=0.05)


def time_block(milliseconds: float, priority: Priority = "none", threads: int = 1) -> dict[str, Any]:
    """Requests for so long, one at least: nanoseconds of each, and the median ms of its parts.

    None is dropped: weights that are read once a token meet cold caches in every request alike.
    """
    asked: Request = loaded["session"]
    asked.parts = {}
    cpu: list[int] = []
    wall: list[int] = []
    with prioritized(priority, threads, asked.seconds) as scheduling:
        end = time.perf_counter_ns() + int(milliseconds * 1e6)
        while not wall or time.perf_counter_ns() < end:
            cpu_before, wall_before = time.process_time_ns(), time.perf_counter_ns()
            asked.infer(None)
            wall.append(time.perf_counter_ns() - wall_before)
            cpu.append(time.process_time_ns() - cpu_before)
    parts = {name: median(values) for name, values in asked.parts.items()}
    return {"cpu_ns": cpu, "wall_ns": wall, "scheduling": scheduling, "untimed": 0, "parts": parts}


def peak_memory(
    model: str, recipe: dict[str, Any], target: dict[str, Any], samples: str, text: dict[str, Any]
) -> dict[str, Any]:
    """Peak resident memory of loading and of one request, above the loaded runtime. Mapped weights count."""
    if sys.platform != "linux":
        return {"unavailable": f"peak memory is read from /proc, which {sys.platform} does not have"}
    items, settings = load_samples(Path(samples)), Text(**text)

    def once() -> None:
        request(open_session(model, recipe, target), items, settings).infer(None)

    return measured_peak(once)


def open_up(
    model: str, recipe: dict[str, Any], target: dict[str, Any], samples: str, text: dict[str, Any]
) -> dict[str, Any]:
    """For load and soak: a warm session that answers the same request."""
    asked = request(open_session(model, recipe, target), load_samples(Path(samples)), Text(**text))
    service.opened["session"], service.opened["feeds"] = asked, [None]
    warmed_up(asked)
    return dict(asked.runtime)
