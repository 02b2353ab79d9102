"""Cells of a text table, and which of its columns are numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from edgeci.errors import ConfigError
from edgeci.evaluation.arrays import Array, Floats


@dataclass(frozen=True)
class Cells:
    """Cells as they were written, by column, and the line on which each row ends."""

    texts: Mapping[str, Sequence[str]]
    lines: Sequence[int]
    separator: str
    path: Path

    @cached_property
    def numbers(self) -> dict[str, Floats]:
        """Columns of numbers only, (n,) float64. NaN is one, for models that know what is missing; nothing is none.

        Decimal commas are taken only where `;` separates and no number has a point: elsewhere they may be thousands.
        """
        pointed = {name: values for name, cells in self.texts.items() if (values := parsed(cells)) is not None}
        if self.separator != ";" or any("." in cell for name in pointed for cell in self.texts[name]):
            return pointed
        others = {name: cells for name, cells in self.texts.items() if name not in pointed}
        if any(is_number(cell) and "." in cell for cells in others.values() for cell in cells):
            return pointed
        return pointed | {name: values for name, cells in others.items() if (values := parsed(cells, ",")) is not None}

    def column(self, name: str, is_text: bool = False) -> Array:
        """(n,) numbers, or texts as they were written; with `is_text` also where some look like numbers.

        Raises:
            ConfigError: no such column, or some of its cells are numbers and some are not.
        """
        if name not in self.texts:
            raise ConfigError(f"{self.path}:1: no column {name!r}; it has {', '.join(self.texts)}")
        if name in self.numbers:
            return self.numbers[name]
        if not is_text:
            self.refuse_mixture(name)
        return np.array(self.texts[name], dtype=np.str_)

    def refuse_mixture(self, name: str) -> None:
        """A column is texts only where not one of its cells is meant as a number."""
        cells = self.texts[name]
        if not any(is_number(cell.replace(",", ".")) for cell in cells):
            return
        row = [is_number(cell) for cell in cells].index(False)
        where = f"{self.path}:{self.lines[row]}: column {name!r} has numbers"
        if not cells[row].strip():
            raise ConfigError(f"{where} and an empty cell; write nan where one is missing")
        is_comma = is_number(cells[row].replace(",", "."))
        rule = "; decimal commas are taken where `;` separates and no number has a point" if is_comma else ""
        raise ConfigError(f"{where}, and {cells[row][:40]!r} is none{rule}")


def parsed(cells: Sequence[str], decimal: str = ".") -> Floats | None:
    """(n,) float64; None where some are no numbers."""
    try:
        return np.array([number(cell, decimal) for cell in cells])
    except ValueError:
        return None


def number(cell: str, decimal: str = ".") -> float:
    """Not as in Python, where 1_000 is one too."""
    if "_" in cell:
        raise ValueError(cell)
    return float(cell if decimal == "." else cell.replace(decimal, "."))


def is_number(cell: str) -> bool:
    return parsed([cell]) is not None
