"""What commands say: progress on standard error, records or text on standard output, and the rest to GitHub."""

import json
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from edgeci import github
from edgeci.commands import door
from edgeci.errors import ExitCode
from edgeci.reports.characters import one_line

if TYPE_CHECKING:
    from edgeci.say import Say
    from edgeci.types import Evidence, Noun


def speaker(quiet: bool, verbose: bool) -> "Say":
    """Progress goes to standard error: lines as they come, details (indented) only when asked for."""

    def say(message: str) -> None:
        if not quiet and (verbose or not message.startswith("  ")):
            door.progress(message)

    return say


def publish(kind: str, records: "Iterable[Noun]", as_json: bool, text: str = "") -> None:
    """Records as JSON, or what a renderer laid out for people."""
    if as_json:
        from edgeci.records import encode

        door.hand_over(encode(kind, records).decode())
    elif text:
        door.lay_out(text)


def listed(items: Iterable[object]) -> str:
    """One item a line."""
    return "\n".join(one_line(str(item)) for item in items)


def verdict_outputs(evidence: "Evidence", code: ExitCode) -> dict[str, str]:
    """Step outputs that say how it ended."""
    winners = {decision.target: decision.winner for decision in evidence.decisions if decision.winner}
    names = {ExitCode.YES: "passed", ExitCode.NO: "failed", ExitCode.INCONCLUSIVE: "inconclusive"}
    return {"outcome": names.get(code, "broken"), "winners": json.dumps(winners)}


def summarize(evidence: "Evidence") -> None:
    """On GitHub: the job summary and annotations at the lines of edgeci.yaml."""
    if github.active():
        from edgeci.reports import annotations, markdown

        github.write_summary(markdown.render(evidence))
        door.annotate(annotations.render(evidence))


def table(evidence: "Evidence", render_table: Callable[..., str]) -> str:
    import shutil

    return render_table(
        evidence, width=min(140, shutil.get_terminal_size((110, 24)).columns), color=sys.stdout.isatty()
    )
