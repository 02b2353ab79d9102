"""What a metric takes of one item's answer."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Taken:
    """A number of the item's own; of a metric of a whole set also what the item adds to it."""

    sample: float
    row: tuple[float, ...] = ()
