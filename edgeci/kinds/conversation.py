"""A language model's session, and the request to it that is timed.

A prompt of fixed length is read and a fixed number of tokens is written, greedily, from an empty context. The parts of
a request (to the first token, per token after it) are timed inside the same request.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

import numpy as np

from edgeci.errors import BackendFailed
from edgeci.evaluation.arrays import Array


class Session(Protocol):
    """A loaded language model. Every call starts with an empty context and leaves nothing behind."""

    @property
    def runtime(self) -> Mapping[str, str]:
        """What really runs: version, device, precision, threads, whether the file is mapped into memory."""

    def log_probabilities(self, tokens: Sequence[int]) -> Array:
        """(n, vocabulary) float32, natural logarithms: row i is for the token after tokens[: i + 1]."""

    def generate(self, tokens: Sequence[int], count: int) -> Iterator[int]:
        """The likeliest continuation, `count` ids one by one as they are found; an end-of-text id does not stop it."""


class Conversation:
    """One request, again and again."""

    untimed = 0  # weights that are read once a token meet cold caches in every request alike
    settles = (1, 0.05)

    def __init__(self, session: Session, prompt: tuple[int, ...], output_tokens: int) -> None:
        self.session, self.prompt, self.output_tokens = session, prompt, output_tokens
        self.parts: dict[str, list[float]] = {}
        self.seconds = 0.0

    def ask(self) -> list[Array]:
        """One request; the ids it was answered with.

        Raises:
            BackendFailed: not as many tokens as asked for.
        """
        wall, cpu = [time.perf_counter_ns()], [time.process_time_ns()]
        said = []
        for token in self.session.generate(self.prompt, self.output_tokens):
            said.append(token)
            wall.append(time.perf_counter_ns())
            cpu.append(time.process_time_ns())
        if len(said) != self.output_tokens:
            raise BackendFailed(f"{self.output_tokens} tokens were asked for, {len(said)} came")
        self.seconds = (wall[-1] - wall[0]) / 1e9
        for clock, moments in (("cpu", cpu), ("wall", wall)):
            self.record(f"ttft_{clock}", (moments[1] - moments[0]) / 1e6)
            self.record(f"tpot_{clock}", (moments[-1] - moments[1]) / 1e6 / (len(said) - 1))
        return [np.asarray(said)]

    def record(self, part: str, milliseconds: float) -> None:
        self.parts.setdefault(part, []).append(milliseconds)
