"""What a model of tensors answers, item by item, whatever the size of its batch."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

import numpy as np

from edgeci.errors import BackendFailed, ConfigError
from edgeci.evaluation.arrays import Array
from edgeci.evaluation.samples import Samples

VARIES = ":sizes"
"""Stands behind the name of an output whose size depends on the item."""
REPEATED = 1e-3
"""Of an output's largest magnitude: what a runtime may add up differently the second time."""


class Session(Protocol):
    """A loaded model that answers one item, or one batch where its size is fixed, at a time."""

    @property
    def runtime(self) -> Mapping[str, str]:
        """What really runs: execution providers or device, inference precision, threads."""

    def infer(self, feeds: Mapping[str, Array]) -> list[Array]:
        """Outputs in the model's order for one item with its batch dimension."""


def answers(session: Session, items: Samples) -> Iterator[list[Array]]:
    """Every output of each item, without the batch dimension; a fixed batch is asked once for all its items.

    Raises:
        BackendFailed: an output of a fixed batch that is not one of each of its items.
    """
    for first in range(0, len(items), items.batch):
        given = session.infer(items.feeds(first))
        for step in range(min(items.batch, len(items) - first)):
            yield [of_item(output, step, items.batch) for output in given]


def of_item(output: Array, step: int, batch: int) -> Array:
    if batch == 1:
        return np.asarray(output[0]) if output.ndim and output.shape[0] == 1 else output
    if not output.ndim or output.shape[0] != batch:
        raise BackendFailed(f"a batch of {batch} items is answered by an output of shape {output.shape}")
    return np.asarray(output[step])


def seen(place: str, column: Sequence[Array]) -> tuple[str, Array]:
    if len({part.shape for part in column}) > 1:
        return f"{place}{VARIES}", np.array([part.size for part in column])
    return place, np.stack(column)


def cause(items: Samples, index: int) -> str:
    """Where the item itself holds what is no number."""
    names = [name for name, values in items.inputs.items()
             if values.dtype.kind == "f" and not np.isfinite(values[index]).all()]  # fmt: skip
    return f"; so does the item, in {', '.join(names)}" if names else ""


def refuse_random(session: Session, items: Samples) -> None:
    """
    Raises:
        ConfigError: the same item is answered differently the second time.
    """
    first, again = (next(answers(session, items)) for _ in range(2))
    for place, (output, other) in enumerate(zip(first, again, strict=True)):
        if not is_repeated(output, other):
            raise ConfigError(
                f"this model answers the same item differently each time (output {place}): it draws random numbers, or "
                "keeps something of what it was asked before, so no comparison of it means anything. Export it for "
                "inference (in PyTorch after `model.eval()`), or make the noise or the state an input"
            )


def is_repeated(output: Array, again: Array) -> bool:
    if output.shape != again.shape:
        return False
    if output.dtype.kind != "f":
        return bool((output == again).all())
    largest = float(np.abs(output[np.isfinite(output)]).max(initial=0))
    return np.allclose(output, again, rtol=REPEATED, atol=REPEATED * largest, equal_nan=True)
