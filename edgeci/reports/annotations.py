"""GitHub workflow commands: what blocks the merge as errors and warnings on the line that demands it, the rest as
notices. GitHub shows ten of a kind a step and drops the others silently, so the tenth says how many there are.
"""

from collections.abc import Iterator
from typing import Literal

from edgeci.reports.characters import visible
from edgeci.reports.ledger import Ledger, ledgers
from edgeci.types import Evidence, Verdict

Level = Literal["error", "warning", "notice"]
LEVELS: tuple[Level, ...] = ("error", "warning", "notice")
MOST_OF_A_LEVEL = 10


def render(evidence: Evidence) -> str:
    """One command a line; nothing a name holds can start another one."""
    commands = list(annotations(evidence))
    lines = [line for level in LEVELS for line in at_most_ten(evidence, level, [c for n, c in commands if n == level])]
    return "".join(f"{line}\n" for line in lines)


def annotations(evidence: Evidence) -> Iterator[tuple[Level, str]]:
    """The decisions before the verdicts, so that the ones left out are details."""
    for ledger in ledgers(evidence):
        level, message = decision_message(ledger)
        yield level, command(level, evidence.config, 1, f"edgeci: {ledger.target.name}", message)
    for ledger in ledgers(evidence):
        for verdict in ledger.verdicts:
            if verdict.outcome != "passed":
                yield verdict_annotation(evidence, ledger, verdict)


def decision_message(ledger: Ledger) -> tuple[Level, str]:
    decision = ledger.decision
    if ledger.problem or decision is None:
        return "error", f"{ledger.target.name}: {ledger.problem}"
    if decision.winner is None:
        level: Level = "warning" if decision.outcome == "inconclusive" else "error"
        return level, f"{ledger.target.name}: nothing is released: {decision.reason}"
    return "notice", f"{ledger.target.name}: {ledger.title(decision.winner)} is released: {ledger.why_won}"


def verdict_annotation(evidence: Evidence, ledger: Ledger, verdict: Verdict) -> tuple[Level, str]:
    level = verdict_level(ledger, verdict)
    title = f"{ledger.target.name}: {verdict.gate.title} {verdict.outcome_text}"
    message = f"{ledger.title(verdict.candidate)}: {verdict.reason}"
    return level, command(level, evidence.config, verdict.gate.line, title, message)


def verdict_level(ledger: Ledger, verdict: Verdict) -> Level:
    """Only what keeps a target from a release is worse than a notice."""
    if ledger.winner is not None or verdict.waiver is not None or ledger.is_mere_baseline(verdict.candidate):
        return "notice"
    return "warning" if verdict.outcome == "inconclusive" else "error"


def at_most_ten(evidence: Evidence, level: Level, commands: list[str]) -> list[str]:
    if len(commands) <= MOST_OF_A_LEVEL:
        return commands
    shown = commands[: MOST_OF_A_LEVEL - 1]
    more = f"{len(commands) - len(shown)} more of these; the job summary has them all"
    return [*shown, command(level, evidence.config, None, "edgeci", more)]


def command(level: Level, file: str, line: int | None, title: str, message: str) -> str:
    properties = {"file": file, "line": None if line is None else str(line), "title": title}
    given = ",".join(f"{name}={escape_property(value)}" for name, value in properties.items() if value)
    return f"::{level} {given}::{escape_message(message)}"


def escape_message(text: str) -> str:
    lines = [visible(line).replace("%", "%25").replace("\n", "%0A") for line in text.split("\r")]
    return "%0D".join(lines)


def escape_property(text: str) -> str:
    return escape_message(text).replace(":", "%3A").replace(",", "%2C")
