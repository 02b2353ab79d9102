"""The job summary and pull request comment, in GitHub's Markdown.

Names and reasons come from models and tools. They are escaped, and whatever GitHub would still act on in plain text
(mentions, issue numbers, links, emoji codes, formulas) stands in `<code>`, where it is left alone. The text ends with a
note well before GitHub's limit of 64 KiB, above which it would drop the whole comment.
"""

import re
from collections.abc import Iterator

from edgeci import __version__
from edgeci.reports.characters import one_line, shortened
from edgeci.reports.conditions import conditions_text
from edgeci.reports.ledger import Ledger, ledgers, waived_in
from edgeci.reports.number_text import megabytes_text, memory_change_text, speed_up_text
from edgeci.reports.progress import Progress, progress
from edgeci.reports.rows import CandidateRow, CandidateTable
from edgeci.reports.table import tabulate
from edgeci.types import Evidence

MARKER = "<!-- edgeci:verdict -->"
LARGEST_BYTES = 60 * 1024
LONGEST_TEXT = 600
TRUNCATED = "\n_Cut here: GitHub takes no more. The whole report is in `report.html`._\n"
MARKUP = re.compile(r"[\\`*\[\]<>&|~]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
ACTED_ON = re.compile(r"[@$]|#\d|\bGH-\d|://|www\.|:[\w+-]+:", re.IGNORECASE)
SYMBOLS = {"passed": "✅", "failed": "❌", "inconclusive": "❔", "broken": "⚠️", "baseline": "▫️"}


def render(evidence: Evidence) -> str:
    """Never more than LARGEST_BYTES; what is left out is left out by whole lines, from the end."""
    lines: list[str] = []
    left = LARGEST_BYTES - len(TRUNCATED.encode())
    for line in document(evidence):
        left -= len(line.encode()) + 1
        if left < 0:
            return "\n".join(lines) + "\n" + TRUNCATED
        lines.append(line)
    return "\n".join(lines) + "\n"


def document(evidence: Evidence) -> Iterator[str]:
    targets = ledgers(evidence)
    yield MARKER
    yield f"## edgeci: {overall(targets)}"
    yield ""
    for ledger in targets:
        yield f"- {headline(ledger)}"
    for ledger in targets:
        yield from target_section(ledger)
    if evidence.changes:
        yield from section(
            "Changes to the law in this change, which do not count",
            [f"{shown(one.key)}: {shown(one.base)} at the base, {shown(one.here)} here" for one in evidence.changes],
        )
    yield ""
    yield f"<sub>Model {shown(evidence.assessment.model.path)}, judged by edgeci {__version__}.</sub>"


def overall(targets: tuple[Ledger, ...]) -> str:
    released = sum(ledger.winner is not None and ledger.problem is None for ledger in targets)
    if not targets:
        return "no target is configured, so nothing was judged"
    if released == len(targets):
        return f"✅ {'every target has a release' if released > 1 else 'ready to release'}{waived_in(targets)}"
    return f"❌ {len(targets) - released} of {len(targets)} targets without a release"


def headline(ledger: Ledger) -> str:
    target = f"**{shown(ledger.target.name)}**"
    if ledger.problem or ledger.decision is None:
        return f"{SYMBOLS['broken']} {target}: no answer: {shown(ledger.problem or '')}"
    symbol = SYMBOLS[ledger.decision.outcome]
    if ledger.winner is None:
        return f"{symbol} {target}: nothing is released: {shown(ledger.decision.reason)}"
    return f"{symbol} {target}: **{shown(ledger.title(ledger.winner))}** is released: {shown(ledger.why_won)}"


def target_section(ledger: Ledger) -> Iterator[str]:
    table = tabulate(ledger)
    yield ""
    yield f"### {shown(ledger.target.name)}"
    if table.rows:
        yield ""
        yield from candidate_table(table)
    if table.losers:
        yield from section(
            ledger.losers_title, [f"**{shown(r.title)}**: {shown(r.reason or '')}" for r in table.losers]
        )
    if stages := progress(ledger):
        yield from progress_table(stages)
    if ledger.skipped:
        skipped = [f"**{shown(each.recipe.title)}**: {shown(each.reason)}" for each in ledger.skipped]
        yield from section("Recipes that gave no candidate", skipped)
    if ledger.measurements:
        yield from section("How it was measured", [shown(line) for line in conditions_text(ledger)])


def candidate_table(table: CandidateTable) -> Iterator[str]:
    titles = (
        *(column.title for column in table.columns),
        table.speed_up_title,
        "size",
        "peak memory",
        "memory vs. baseline",
    )
    yield f"| | candidate | {' | '.join(titles)} | verdict |"
    yield f"|---|---|{'---:|' * len(titles)}---|"
    for row in table.rows:
        yield f"| {' | '.join(cells(row, table))} |"


def cells(row: CandidateRow, table: CandidateTable) -> tuple[str, ...]:
    title = shown(row.title) + (" (baseline)" if row.is_baseline else "")
    return (
        "🏆" if row.is_winner else SYMBOLS[row.verdict],
        f"**{title}**" if row.is_winner else title,
        *(column.texts[row.recipe_id] for column in table.columns),
        speed_up_text(row),
        megabytes_text(row.size_mb),
        megabytes_text(row.memory_mb),
        memory_change_text(row),
        row.verdict_text,
    )


def progress_table(stages: Progress) -> Iterator[str]:
    yield from section("Stage by stage", [])
    titles = (stages.kept_title, stages.quality_title, stages.speed_title)
    yield f"| stage | {' | '.join(titles)} | size | peak memory | rolled back |"
    yield "|---|---|---:|---:|---:|---:|---|"
    for step in stages.steps:
        rolled_back = "; ".join(map(shown, step.rolled_back))
        yield f"| {' | '.join((step.stage, shown(step.kept), *step.numbers, rolled_back))} |"
    yield ""
    yield stages.note


def section(title: str, items: list[str]) -> Iterator[str]:
    yield ""
    yield f"#### {title}"
    yield ""
    yield from (f"- {item}" for item in items)


def shown(text: str) -> str:
    """The text as itself: one line, nothing in it markup, nothing in it acted on."""
    short = shortened(one_line(text), LONGEST_TEXT)
    escaped = MARKUP.sub(lambda match: f"&#{ord(match.group())};", short)
    if not ACTED_ON.search(short):
        return escaped or "(blank)"
    # The parser links addresses before it looks at tags, so they must not read as addresses to it either.
    return f"<code>{re.sub(r'[:@$]|(?<=www)[.]', lambda match: f'&#{ord(match.group())};', escaped, flags=re.I)}</code>"
