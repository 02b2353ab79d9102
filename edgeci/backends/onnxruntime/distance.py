"""How far a quantized model's outputs are from its source's, on a few items: 0 is equal, 1 as good as a constant."""

import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from edgeci.backends.onnxruntime.session import plain, session_options
from edgeci.evaluation.arrays import Array
from edgeci.evaluation.samples import Feeds, Samples

MOST_ITEMS = 32
MOST_BYTES = 2**28
"""Of the source's outputs, which are kept."""
SHARE_OF_TIME = 0.025
"""That one look at the source may take of all the time there is."""


class Reference:
    """The source's outputs of items that lie spread over all that there are."""

    def __init__(self, source: Path, samples: Samples, seconds: float) -> None:
        places = np.unique(np.linspace(0, len(samples) - 1, min(MOST_ITEMS, len(samples))).round().astype(int))
        session = opened(source)
        started, size = time.monotonic(), 0
        self.feeds: list[Feeds] = []
        self.outputs: list[list[Array]] = []
        for place in np.random.default_rng(0).permutation(places):
            self.feeds.append(samples.feeds(int(place)))
            self.outputs.append(answer(session, self.feeds[-1]))
            size += sum(output.nbytes for output in self.outputs[-1])
            if time.monotonic() - started > SHARE_OF_TIME * seconds or size > MOST_BYTES:
                break

    @property
    def count(self) -> int:
        return len(self.feeds)

    def distance(self, model: Path) -> float:
        """Of the output that is furthest away."""
        session = opened(model)
        answers = [answer(session, feeds) for feeds in self.feeds]
        pairs = zip(zip(*self.outputs, strict=True), zip(*answers, strict=True), strict=True)
        return max(apart(theirs, ours) for theirs, ours in pairs)


def opened(model: Path) -> Any:
    import onnxruntime

    return onnxruntime.InferenceSession(model, session_options(1), providers=["CPUExecutionProvider"])


def answer(session: Any, feeds: Feeds) -> list[Array]:
    return [plain(output) for output in session.run(None, feeds)]


def apart(theirs: tuple[Array, ...], ours: tuple[Array, ...]) -> float:
    """Of numbers the root mean square of the errors by their spread; of ids and names the share that differs."""
    if theirs[0].dtype.kind != "f":
        return float(np.mean([unequal(*pair) for pair in zip(theirs, ours, strict=True)]))
    middle = float(np.mean([value.mean(dtype=np.float64) for value in finite(theirs)] or [0.0]))
    squares = [squared(*pair, middle) for pair in zip(theirs, ours, strict=True)]
    errors, spread = (math.sqrt(sum(part)) for part in zip(*squares, strict=True))
    return errors / spread if spread else (math.inf if errors else 0.0)


def unequal(theirs: Array, ours: Array) -> float:
    return float(np.mean(theirs != ours)) if theirs.shape == ours.shape and theirs.size else float(theirs.size > 0)


def finite(outputs: tuple[Array, ...]) -> Iterator[Array]:
    """Minus infinity is how a mask is written."""
    return (values for output in outputs if (values := output[np.isfinite(output)]).size)


def squared(theirs: Array, ours: Array, middle: float) -> tuple[float, float]:
    """Of one item: the errors' squares and the spread's. An output of another size is as wrong as a constant."""
    mask = np.isfinite(theirs)
    spread = float(np.square(theirs[mask].astype(np.float64) - middle).sum())
    if theirs.shape != ours.shape:
        return spread, spread
    if not np.array_equal(theirs[~mask], ours[~mask]) or not np.isfinite(ours[mask]).all():
        return math.inf, spread
    return float(np.square(ours[mask].astype(np.float64) - theirs[mask].astype(np.float64)).sum()), spread
