"""Symbols one after the other: text of a recognizer, phonemes, ids. CTC's best path, and edits against the label."""

from collections.abc import Sequence

import numpy as np
from rapidfuzz.distance import Levenshtein

from edgeci.errors import ConfigError
from edgeci.evaluation.arrays import Array
from edgeci.evaluation.measures.taken import Taken
from edgeci.evaluation.samples import Samples
from edgeci.metrics import Metric
from edgeci.types import Items

Symbols = Sequence[str] | Sequence[int]


def take(metric: Metric, given: Sequence[Array], label: Array | None, items: Samples, asked: Items) -> Taken:
    """The item's own error rate and (edits, length of the label); or whether all of it is right."""
    ours, true = read(given[0], items, asked, metric.name), expected(np.asarray(label), items)
    if metric.is_hit:
        return Taken(float(ours == true))
    if metric.name == "wer":
        ours, true = words(ours), words(true)
    edits = Levenshtein.distance(ours, true)
    return Taken(edits / max(len(true), 1), (float(edits), float(len(true))))


def read(output: Array, items: Samples, asked: Items, metric: str) -> Symbols:
    """What the model wrote: text as it is, ids without padding, scores of each step by their best path."""
    if output.dtype.kind in "US":
        return "".join(map(str, output.reshape(-1)))
    if output.dtype.kind != "f":
        return spelled([number for number in output.reshape(-1).tolist() if number >= 0], items)
    if output.ndim < 2 or sum(size != 1 for size in output.shape[:-1]) > 1:
        raise ConfigError(
            f"{metric} wants scores of each symbol at each step, (steps, symbols), and the output is "
            f"{'x'.join(map(str, output.shape))} {output.dtype}"
        )
    steps = output.reshape(-1, output.shape[-1])
    place = blank(items, steps.shape[1], asked)
    path = best_path(steps, place)
    return spelled([each - (each > place) for each in path], items) if items.symbols else spelled(path, items)


def best_path(steps: Array, blank: int) -> list[int]:
    """The likeliest symbol of each step, repeats and blanks taken out; Graves et al. 2006, ICML, 3.2."""
    path = steps.argmax(axis=1)
    kept: list[int] = path[np.concatenate(([True], path[1:] != path[:-1])) & (path != blank)].tolist()
    return kept


def blank(items: Samples, symbols: int, asked: Items) -> int:
    """Its place among the symbols that are scored, counted from the end where it is negative."""
    place = asked.sequence.blank if asked.sequence.blank >= 0 else symbols + asked.sequence.blank
    if not 0 <= place < symbols:
        raise ConfigError(f"sequence.blank: {asked.sequence.blank}, and the model scores {symbols} symbols")
    if items.symbols and len(items.symbols) != symbols - 1:
        raise ConfigError(
            f"sequence: {len(items.symbols)} symbols are named, and the model scores {symbols}, one of them the blank"
        )
    return place


def spelled(places: list[int], items: Samples) -> Symbols:
    """As text, where the labels are."""
    if not items.classes:
        return places
    if not items.symbols:
        raise ConfigError(
            "the labels are text, and the model gives numbers; say which symbol is which number with "
            "`sequence: {letters: ...}` or `sequence: {symbols: FILE}`"
        )
    if places and max(places) >= len(items.symbols):
        raise ConfigError(f"the model writes symbol {max(places)}, and {len(items.symbols)} are named in `sequence`")
    return "".join(items.symbols[place] for place in places)


def expected(label: Array, items: Samples) -> Symbols:
    """A label's text, or its ids without padding (negative)."""
    if items.classes:
        return items.classes[int(label)]
    return [int(number) for number in label.reshape(-1).tolist() if number >= 0]


def words(symbols: Symbols) -> Sequence[str]:
    if not isinstance(symbols, str):
        raise ConfigError("wer is taken of text; name the symbols with `sequence`, or take cer")
    return symbols.split()


def refuse_labels(metric: Metric, items: Samples, what: str) -> None:
    labels = items.labels
    if labels is None:
        return
    if not items.classes and (labels.ndim != 2 or labels.dtype.kind not in "iu"):
        raise ConfigError(
            f"{what}: {metric.name} wants a text of each item, or its ids in (n, longest), negative behind its end"
        )
    empty = [not expected(label, items) for label in labels]
    if all(empty):
        raise ConfigError(f"{what}: all are empty, so no symbol could be read")
