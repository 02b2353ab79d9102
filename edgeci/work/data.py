"""Read data, before anything is made from it."""

from collections.abc import Iterator
from pathlib import Path

from edgeci.evaluation.readers import class_indices
from edgeci.kinds.registry import kind
from edgeci.metrics import QUALITY
from edgeci.plain_json import writable
from edgeci.types import ClassIndex, Items, Noun

MOST_NAMED = 20
"""Classes that a remark names; all are in the record."""


class Inspected(Noun):
    """What a data source holds."""

    digests: tuple[str, ...]
    """Of each item."""
    expected: str
    """Of what the items should give."""
    classes: tuple[ClassIndex, ...] = ()
    """By index, where it names classes and they judge."""
    counts: dict[str, int] = {}
    """Samples that each quality metric has of them, where they judge."""
    remarks: tuple[str, ...] = ()
    """What a person should know of them, a sentence each."""


def inspect(kind_name: str, asked: Items, metric: str | None) -> Inspected:
    """Read data through once, so that every complaint about it comes before any work is done.

    Raises:
        ConfigError, InputRejected: data that cannot be used, or not for the metric.
    """
    chosen = kind(kind_name)
    items = chosen.read(asked)
    chosen.refuse_unfit_items(items, asked)
    classes: tuple[ClassIndex, ...] = ()
    counts: dict[str, int] = {}
    if metric is not None:
        chosen.refuse_without_items(metric, items)
        classes = named_classes(asked)
        counts = {each: chosen.counted(items, each) for each in dict.fromkeys((*QUALITY, metric))}
    return Inspected(
        digests=tuple(chosen.digests(items)),
        expected=chosen.expected(items),
        classes=classes,
        counts=counts,
        remarks=(*chosen.remarks(items), *told(classes)),
    )


def named_classes(asked: Items) -> tuple[ClassIndex, ...]:
    indices = class_indices(asked.source, Path(asked.folder)).items()
    source = asked.source.path or ""
    return tuple(ClassIndex(source=source, name=writable(name), index=index) for name, index in indices)


def told(classes: tuple[ClassIndex, ...]) -> Iterator[str]:
    """Which class is which index, so that a person sees what a name was taken for."""
    if not classes:
        return
    pairs = [f"{each.name} = {each.index}" for each in classes]
    if len(pairs) > MOST_NAMED:
        pairs = [*pairs[: MOST_NAMED - 1], "...", pairs[-1]]
    yield f"{classes[0].source}: {len(classes)} classes by folder: {', '.join(pairs)}"


def keep(kind_name: str, asked: Items, save: Path) -> None:
    """Make the items of a kind that keeps them.

    Raises:
        ConfigError, InputRejected: data that cannot be used, or a model without a tokenizer.
    """
    make = kind(kind_name).keep
    if make is None:
        raise ValueError(f"a kind that keeps no items: {kind_name}")
    make(asked, save)
