"""The short table for people at a terminal.

Every line starts with a border, and `##[` is escaped: in a CI log, a name must not become a workflow command.
"""

from collections.abc import Sequence
from io import StringIO

from rich import box
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from edgeci.reports.characters import inert_inside, one_line
from edgeci.reports.ledger import Ledger, ledgers
from edgeci.reports.number_text import megabytes_text, memory_change_text, speed_up_text
from edgeci.reports.rows import CandidateRow, CandidateTable, Column
from edgeci.reports.table import tabulate
from edgeci.types import Evidence

SHORT = {"perplexity": "PPL", "tokens/s": "tok/s", "cosine_distance": "cosine distance"}
COLORS = {"passed": "green", "failed": "red", "inconclusive": "yellow", "broken": "magenta", "baseline": "cyan"}


def render(evidence: Evidence, width: int = 100, color: bool = False) -> str:
    output = StringIO()
    console = Console(
        file=output,
        width=width,
        color_system="standard" if color else None,
        force_terminal=color,
        legacy_windows=False,
        highlight=False,
        emoji=False,
        markup=False,
    )
    for ledger in ledgers(evidence):
        console.print(target_panel(ledger))
    return "".join(f"{line.rstrip()}\n" for line in output.getvalue().splitlines())


def target_panel(ledger: Ledger) -> Panel:
    table = tabulate(ledger)
    parts: list[RenderableType] = [headline(ledger)]
    if table.rows:
        parts.append(candidate_table(table))
    if table.losers:
        parts += [
            Text(ledger.losers_title, style="bold"),
            reasons([(r.title, r.reason) for r in table.losers]),
        ]
    if ledger.skipped:
        skipped = [(skipped.recipe.title, skipped.reason) for skipped in ledger.skipped]
        parts += [Text(), Text("Recipes that gave no candidate", style="bold"), reasons(skipped)]
    return Panel(Group(*parts), title=text(ledger.target.name), title_align="left", box=box.ROUNDED)


def headline(ledger: Ledger) -> Text:
    if ledger.problem or ledger.decision is None:
        return text(f"No answer: {ledger.problem}", style="bold magenta")
    if ledger.winner is None:
        return text(f"Nothing is released: {ledger.decision.reason}", style=f"bold {COLORS[ledger.decision.outcome]}")
    return text(f"Released: {ledger.title(ledger.winner)}: {ledger.why_won}", style="bold green")


def candidate_table(table: CandidateTable) -> Table:
    is_wide = len(table.columns) > 1
    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=True, padding=(0, 1, 0, 0) if is_wide else (0, 1))
    grid.add_column("", no_wrap=True)
    columns = [SHORT.get(column.title, column.title) for column in narrow(table)]
    grid.add_column("candidate", overflow="fold", ratio=1)
    for title in (*columns, "speed-up" if is_wide else table.speed_up_title, "size", "peak memory"):
        grid.add_column(title, justify="right")
    grid.add_column("verdict", max_width=len("failed (2 of 3)"))
    for row in table.rows:
        grid.add_row(*cells(row, table), style="bold" if row.is_winner else None)
    return grid


def narrow(table: CandidateTable) -> list[Column]:
    """What fits a terminal; pages have all columns, and standard errors."""
    return [column for column in table.columns if not column.is_for_pages]


def cells(row: CandidateRow, table: CandidateTable) -> tuple[Text, ...]:
    memory, is_wide = megabytes_text(row.memory_mb), len(table.columns) > 1
    return (
        text("★" if row.is_winner else ""),
        text(row.title).append(" (baseline)" if row.is_baseline else ""),
        *(text(column.texts[row.recipe_id].partition(" ±")[0]) for column in narrow(table)),
        text(speed_up_text(row)),
        text(megabytes_text(row.size_mb)),
        text(
            memory if is_wide or row.is_baseline or row.memory_ratio is None else f"{memory}, {memory_change_text(row)}"
        ),
        text(row.verdict_text, style=COLORS[row.verdict]),
    )


def reasons(named: Sequence[tuple[str, str | None]]) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(overflow="fold", max_width=30)
    grid.add_column(overflow="fold", ratio=1)
    for name, reason in named:
        grid.add_row(text(name), text(reason or ""))
    return grid


def text(content: str, style: str = "") -> Text:
    """Literal text on one line: no markup, no control characters."""
    return Text(inert_inside(one_line(content)), style=style, overflow="fold")
