"""The short table for people at a terminal.

Every line starts with a border, and `##[` is escaped: in a CI log, a name must not become a workflow command.
"""

from collections.abc import Sequence
from io import StringIO

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
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
FRAME = 4
"""Of a panel: its borders and what keeps text from them."""
ROOMY = 90
"""Columns from which on a table may say in words how the memory changed."""
NUMBER, NAME = 8, 16
"""Columns of a number, and the fewest of a candidate's name."""
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
        console.print(target_panel(ledger, width - FRAME))
    return "".join(f"{line.rstrip()}\n" for line in output.getvalue().splitlines())


def target_panel(ledger: Ledger, width: int) -> Panel:
    table = tabulate(ledger)
    parts: list[RenderableType] = [headline(ledger)]
    if table.rows:
        parts.append(candidate_table(table, width) if fits(table, width) else candidate_list(table))
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


def candidate_table(table: CandidateTable, width: int) -> Table:
    is_tight = len(table.columns) > 1 or width < ROOMY
    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=True, padding=(0, 1, 0, 0) if is_tight else (0, 1))
    grid.add_column("", no_wrap=True)
    grid.add_column("candidate", overflow="fold", ratio=1)
    for title in titles(table, is_tight):
        grid.add_column(title, justify="right")
    grid.add_column("verdict", max_width=len("failed (2 of 3)"))
    for row in table.rows:
        grid.add_row(*cells(row, table, is_tight), style="bold" if row.is_winner else None)
    return grid


def titles(table: CandidateTable, is_tight: bool) -> list[str]:
    columns = [SHORT.get(column.title, column.title) for column in narrow(table)]
    return [*columns, "speed-up" if is_tight else table.speed_up_title, "size", "peak memory"]


def fits(table: CandidateTable, width: int) -> bool:
    """Whether a table leaves room for the candidates' names."""
    columns = [*titles(table, is_tight=True), "failed (2 of 3)"]
    needed = sum(max(NUMBER, len(title)) + 1 for title in columns)
    return width - needed >= NAME


def candidate_list(table: CandidateTable) -> Group:
    """Where a table has no room: each candidate's numbers behind its name."""
    lines: list[RenderableType] = [Text()]
    for row in table.rows:
        mark, title, *numbers, verdict = cells(row, table, is_tight=True)
        style = "bold" if row.is_winner else ""
        lines.append(Text.assemble(mark, " " if row.is_winner else "", title, ": ", verdict, style=style))
        named = zip(titles(table, is_tight=True), numbers, strict=True)
        lines.append(
            Padding(Text(", ").join(Text.assemble(f"{name} ", number) for name, number in named), (0, 0, 0, 4))
        )
    return Group(*lines, Text())


def narrow(table: CandidateTable) -> list[Column]:
    """What fits a terminal; pages have all columns, and standard errors."""
    return [column for column in table.columns if not column.is_for_pages]


def cells(row: CandidateRow, table: CandidateTable, is_tight: bool) -> tuple[Text, ...]:
    memory = megabytes_text(row.memory_mb)
    return (
        text("★" if row.is_winner else ""),
        text(row.title).append(" (baseline)" if row.is_baseline else ""),
        *(text(column.texts[row.recipe_id].partition(" ±")[0]) for column in narrow(table)),
        text(speed_up_text(row)),
        text(megabytes_text(row.size_mb)),
        text(
            memory
            if is_tight or row.is_baseline or row.memory_ratio is None
            else f"{memory}, {memory_change_text(row)}"
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
