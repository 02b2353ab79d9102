"""A measurement of other items: of some of those that were measured, or of as many more of the same."""

from collections.abc import Sequence

import numpy as np

from edgeci.types import Measurement

PER_ITEM = ("samples", "reference", "labels", "rows", "reference_rows", "slices", "clusters")
"""What a measurement holds of each item."""


def of_items(measurement: Measurement, items: Sequence[int]) -> Measurement:
    """What was measured of these items, by their places; one may come more than once."""
    held = {name: getattr(measurement, name) for name in PER_ITEM}
    return measurement.model_copy(
        update={name: tuple(values[item] for item in items) for name, values in held.items() if values}
    )


def slices(measurement: Measurement) -> dict[str, Measurement]:
    """The measurement of each slice's items, by slice name in order of appearance."""
    members: dict[str, list[int]] = {}
    for item, name in enumerate(measurement.slices):
        members.setdefault(name, []).append(item)
    return {name: of_items(measurement, items) for name, items in members.items()}


def repeated(measurement: Measurement, count: int, phase: float = 0.5) -> Measurement:
    """As if so many items had gone as those that were seen: each pattern of right and wrong as often, give or take one.

    A fraction of an item is there in as large a part of the phases from 0 to 1, and not in the others.

    Raises:
        ValueError: there are no items to go by.
    """
    if not measurement.samples:
        raise ValueError("nothing to repeat")
    alike = np.lexsort(patterns(measurement))
    places = ((np.arange(count) + phase) * len(alike) / count).astype(np.intp)
    return of_items(measurement, alike[places].tolist())


def patterns(measurement: Measurement) -> list[list[bool]]:
    """By which items are put in order: right, as the baseline, and the baseline right."""
    samples = measurement.samples
    reference, labels = (values or samples for values in (measurement.reference, measurement.labels))
    pairs = ((samples, labels), (samples, reference), (reference, labels))
    return [[one == other for one, other in zip(*pair, strict=True)] for pair in pairs]
