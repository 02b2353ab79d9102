"""How each metric was measured, in a line."""

from edgeci.reports.ledger import Ledger
from edgeci.types import Measurement

NOT_FOR_PEOPLE = {"key"}
"""Conditions that only machines compare."""


def conditions_text(ledger: Ledger) -> list[str]:
    """How each metric was measured: samples and conditions, as ranges over the candidates."""
    return [
        "; ".join([f"{metric}: {sample_text(measured)}", *condition_ranges(measured)])
        for metric in dict.fromkeys(each.metric for each in ledger.measurements)
        if (measured := [each for each in ledger.measurements if each.metric == metric])
    ]


def sample_text(measured: list[Measurement]) -> str:
    paired = "paired " if all(each.reference for each in measured) else ""
    return f"{spread([len(each.samples) for each in measured])} {paired}samples a candidate"


def condition_ranges(measured: list[Measurement]) -> list[str]:
    values: dict[str, list[object]] = {}
    for each in measured:
        for name, value in each.conditions.model_dump().items():
            if name not in NOT_FOR_PEOPLE:
                values.setdefault(name, []).append(words(value))
    return [f"{name} {spread(given)}" for name, given in values.items()]


def words(value: object) -> object:
    """A mapping as a list of its entries; anything else as it is."""
    if isinstance(value, dict):
        return " ".join(f"{name}={entry}" for name, entry in value.items())
    return value


def spread(values: list[int] | list[object]) -> str:
    """One value, the range of numbers, or every different text."""
    numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    if len(numbers) == len(values) and min(numbers) != max(numbers):
        return f"{min(numbers):.4g} to {max(numbers):.4g}"
    texts = [f"{value:.4g}" if isinstance(value, float) else str(value) for value in values]
    return ", ".join(dict.fromkeys(texts))
