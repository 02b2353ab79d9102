"""Which format can become which; where none can, the reason and the way round that exists."""

from edgeci.formats.catalogue import CATALOGUE, ROWS
from edgeci.types import Format

TITLES: dict[Format, str] = {row.name: row.title for row in ROWS}
ROUTES: dict[Format, tuple[Format, ...]] = {row.name: row.becomes for row in ROWS}
"""Source -> what it can be made into and run as."""


def refusal(source: Format, wanted: Format) -> str | None:
    """Why a model of one format cannot become another, and the route that exists; None where it can.

    Pure: says nothing of what is installed.
    """
    row = CATALOGUE[source]
    if wanted in row.becomes:
        return None
    reason = row.reasons.get(wanted, row.otherwise).format(source=row.title, wanted=TITLES[wanted])
    return f"there is no route from {row.title} to {TITLES[wanted]}: {reason}; {way_round(source, wanted)}"


def way_round(source: Format, wanted: Format) -> str:
    """The route that exists."""
    if not CATALOGUE[source].becomes:
        return "use the whole Hugging Face folder"
    if CATALOGUE[wanted].is_runtimes_own or CATALOGUE[source].is_runtimes_own:
        return "quantize from the Hugging Face folder"
    ways = [row.title for row in ROWS if wanted in row.becomes and row.name != source]
    return f"use the {' or '.join(ways) or TITLES['huggingface']} model it was made from"
