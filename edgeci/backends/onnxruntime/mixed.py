"""int8 where it does no harm: what costs the outputs most stays float32, found on calibration items within a time."""

import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from edgeci.backends.ladder import Ladder, Outcome, Parts
from edgeci.backends.onnxruntime.distance import Reference
from edgeci.backends.onnxruntime.graphs import names_given, weights_of
from edgeci.backends.onnxruntime.preprocessing import preprocessed
from edgeci.backends.onnxruntime.quantization import (
    chosen_operators,
    excluded_nodes,
    needed,
    per_channel_or_tensor,
    quantizable,
    static,
    stayed,
)
from edgeci.backends.options import Values
from edgeci.deadline import seconds_left
from edgeci.errors import BackendFailed
from edgeci.evaluation.samples import Samples

SPARE = 0.2
"""Of the time until somebody stops waiting: for the last step, and for writing."""


def int8_mixed(model: Path, options: Values, samples: Samples | None, output: Path) -> list[str]:
    """The smallest selection whose outputs stay within `max_error`, or the closest that there was time for.

    Raises:
        ConfigError: no calibration data, or no such node.
        BackendFailed: everything can be int8, or nothing.
    """
    started = time.monotonic()
    items = needed(samples, "int8-mixed")
    excluded = excluded_nodes(model, options)
    with tempfile.TemporaryDirectory() as scratch:
        source, notes = preprocessed(model, Path(scratch))
        named = names_given(source, Path(scratch) / "source.onnx")
        bench = Bench(named, options, stayed(model, named, excluded), items, Path(scratch))
        costs = costs_of(named, bench)
        seconds = min(options["seconds"], (1 - SPARE) * seconds_left()) - (time.monotonic() - started)
        ladder = Ladder(costs, bench.error, options["max_error"], seconds, time.monotonic)
        outcome = ladder.climb()
        refuse_all_or_nothing(outcome, ladder)
        bench.make(outcome.best.left).replace(output)
    return [*notes, *bench.notes, told(outcome, ladder, bench, options)]


def costs_of(named: Path, bench: "Bench") -> dict[str, float]:
    """Of each node that could be int8: its share of their weights, and a little for its share of the work.

    Raises:
        BackendFailed: there is none.
    """
    operators = chosen_operators(bench.options["operators"]) or quantizable()
    every = weights_of(named, operators)
    weights = {name: size for name, size in every.items() if name not in bench.excluded}
    if not any(weights.values()):
        raise BackendFailed("nothing was quantized: no chosen operator has constant weights")
    everything = sum(weights.values())
    return {name: size / everything + A_NODE / len(weights) for name, size in weights.items()}


A_NODE = 0.3
"""What leaving all nodes alone costs in time, beside all their weights in size."""


@dataclass
class Bench:
    """Where selections are made and compared with the source."""

    source: Path
    options: Values
    excluded: list[str]
    samples: Samples
    folder: Path
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.per_channel = self.options["per_channel"]
        self.make(frozenset())
        self.reference = Reference(self.source, self.samples, self.options["seconds"])

    def make(self, left: Parts) -> Path:
        """A model whose named nodes stay as they are; ranges are taken once."""
        made = self.folder / "made.onnx"
        options = self.options | {"nodes_to_exclude": [*self.excluded, *sorted(left)]}
        notes = per_channel_or_tensor(
            lambda per_channel: static(self.source, options, per_channel, self.samples, made, self.folder / "ranges"),
            self.per_channel,
            self.folder,
        )
        if notes:
            self.per_channel, self.notes = False, notes
        return made

    def error(self, left: Parts) -> float:
        return self.reference.distance(self.make(left))


def refuse_all_or_nothing(outcome: Outcome, ladder: Ladder) -> None:
    """
    Raises:
        BackendFailed: int8-static does the same, or no node is left to be int8.
    """
    best, nodes = outcome.best, len(ladder.costs)
    if not best.left and outcome.is_within:
        raise BackendFailed(
            f"int8-static does the same: with all {nodes} nodes in int8 the outputs are off by {best.error:.3g} of "
            "their spread, which is within max_error; use that, or lower max_error"
        )
    if not best.left and nodes > 1:
        raise BackendFailed(
            f"no selection is closer than int8-static: {outcome.tried} tried in {ladder.passed:.0f} s; raise `seconds`"
        )
    if not best.left or len(best.left) == nodes:
        raise BackendFailed(
            "nothing was quantized: no node can be int8 within max_error; raise it, or use int8-dynamic"
        )


def told(outcome: Outcome, ladder: Ladder, bench: Bench, options: Values) -> str:
    """How far it came, with the remedy where that was not far enough."""
    nodes, left = len(ladder.costs), len(outcome.best.left)
    came = (
        f"{nodes - left} of {nodes} nodes are int8: outputs are off by {outcome.best.error:.3g} of their spread on "
        f"{bench.reference.count} calibration items, max_error {options['max_error']:g}; selections tried in "
        f"{ladder.passed:.0f} s: {outcome.tried}"
    )
    if outcome.is_within and outcome.is_finished:
        return came
    if outcome.is_finished:
        return f"{came}: none is within it, this is the closest; raise max_error"
    return f"{came}, then the time was up, and this is the best so far; raise `seconds`, or limits.timeout_seconds"
