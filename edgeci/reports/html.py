"""One page with everything, for a browser without a network: no script, no font, no image from anywhere.

Every value passes through autoescape and through `visible`, so a name can neither become markup nor hide.
"""

import json
import math
import statistics
from collections.abc import Iterator
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from edgeci import __version__
from edgeci.reports import number_text
from edgeci.reports.characters import visible
from edgeci.reports.conditions import conditions_text
from edgeci.reports.ledger import Ledger, ledgers, place, waived_in
from edgeci.reports.pareto import Plot, plot
from edgeci.reports.progress import Progress, progress
from edgeci.reports.rows import CandidateTable
from edgeci.reports.table import tabulate
from edgeci.reports.values import measurement
from edgeci.types import Evidence, Fact

STRIP_WIDTH, STRIP_HEIGHT = 170, 30
MOST_TICKS = 300


@dataclass(frozen=True)
class Strip:
    """Raw samples as ticks on the target's common scale: the baseline's above, the candidate's below."""

    samples: str
    reference: str
    samples_middle: float
    reference_middle: float | None
    tooltip: str


@dataclass(frozen=True)
class Section:
    """All that the page shows of one target."""

    ledger: Ledger
    table: CandidateTable
    plot: Plot | None
    strips: dict[str, Strip]
    scale: str
    conditions: list[str]
    progress: Progress | None


def render(evidence: Evidence) -> str:
    sections = [section(ledger) for ledger in ledgers(evidence)]
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            evidence=evidence,
            sections=sections,
            machines=list(machines(evidence)),
            released=sum(shown.ledger.winner is not None and not shown.ledger.problem for shown in sections),
            waived=waived_in(shown.ledger for shown in sections),
            numbers=number_text,
            place=place,
            fact_text=fact_text,
            four_digits=four_digits,
            strip_width=STRIP_WIDTH,
            strip_height=STRIP_HEIGHT,
            version=__version__,
        )
    )


def environment() -> Environment:
    return Environment(
        loader=PackageLoader("edgeci.reports", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value,
    )


def section(ledger: Ledger) -> Section:
    table = tabulate(ledger)
    strips, scale = latency_strips(ledger, table)
    return Section(ledger, table, plot(table), strips, scale, conditions_text(ledger), progress(ledger))


def latency_strips(ledger: Ledger, table: CandidateTable) -> tuple[dict[str, Strip], str]:
    """A strip for each candidate with timings, and the scale they share; the slowest 2 % fall off its end."""
    timed = {
        row.recipe_id: (finite(measured.samples), finite(measured.reference))
        for row in table.rows
        if (measured := measurement(ledger, row.recipe_id, table.latency_metric)) and finite(measured.samples)
    }
    values = sorted(value for samples, reference in timed.values() for value in samples + reference)
    if not values:
        return {}, ""
    low, high = values[0], values[max(0, math.ceil(0.98 * len(values)) - 1)]
    high = high if high > low else low + max(abs(low), 1e-9)
    strips = {recipe_id: strip(*both, low, high) for recipe_id, both in timed.items()}
    return strips, f"{low:.4g} to {high:.4g} ms"


def strip(samples: tuple[float, ...], reference: tuple[float, ...], low: float, high: float) -> Strip:
    return Strip(
        samples=tick_path(samples, low, high, STRIP_HEIGHT / 2 + 1),
        reference=tick_path(reference, low, high, 1),
        samples_middle=position(statistics.median(samples), low, high),
        reference_middle=position(statistics.median(reference), low, high) if reference else None,
        tooltip=f"{len(samples)} samples, {min(samples):.4g} to {max(samples):.4g} ms",
    )


def finite(values: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(value for value in values if math.isfinite(value))


def position(value: float, low: float, high: float) -> float:
    return 2 + (min(value, high) - low) / (high - low) * (STRIP_WIDTH - 4)


def tick_path(values: tuple[float, ...], low: float, high: float, top: float) -> str:
    """At most MOST_TICKS ticks, evenly taken from the samples in their order."""
    every = max(1, math.ceil(len(values) / MOST_TICKS))
    height = STRIP_HEIGHT / 2 - 2
    return "".join(f"M{position(value, low, high):.1f} {top:g}v{height:g}" for value in values[::every])


def four_digits(value: float | None) -> str:
    return number_text.formatted(value, "{:.4g}")


def machines(evidence: Evidence) -> Iterator[tuple[str, tuple[Fact, ...]]]:
    """Each machine that measured, with the targets that only it measured where there are several."""
    if evidence.hardware:
        yield "The machine" if not evidence.elsewhere else "The machine of every other target", evidence.hardware
    for target, facts in evidence.elsewhere.items():
        yield f"The machine of {target}", facts


def fact_text(fact: Fact) -> str:
    return fact.value if isinstance(fact.value, str) else json.dumps(fact.value, ensure_ascii=False)
