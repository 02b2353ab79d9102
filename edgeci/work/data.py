"""Read data, before anything is made from it."""

from pathlib import Path

from edgeci.kinds.registry import kind
from edgeci.types import Items, Noun


class Inspected(Noun):
    """What a data source holds."""

    digests: tuple[str, ...]
    """Of each item."""
    expected: str
    """Of what the items should give."""
    remarks: tuple[str, ...] = ()
    """What a person should know of them, a sentence each."""


def inspect(kind_name: str, asked: Items, metric: str | None) -> Inspected:
    """Read data through once, so that every complaint about it comes before any work is done.

    Raises:
        ConfigError, InputRejected: data that cannot be used, or not for the metric.
    """
    chosen = kind(kind_name)
    items = chosen.read(asked)
    if metric is not None:
        chosen.refuse_without_items(metric, items)
    return Inspected(
        digests=tuple(chosen.digests(items)), expected=chosen.expected(items), remarks=chosen.remarks(items)
    )


def keep(kind_name: str, asked: Items, save: Path) -> None:
    """Make the items of a kind that keeps them.

    Raises:
        ConfigError, InputRejected: data that cannot be used, or a model without a tokenizer.
    """
    make = kind(kind_name).keep
    if make is None:
        raise ValueError(f"a kind that keeps no items: {kind_name}")
    make(asked, save)
