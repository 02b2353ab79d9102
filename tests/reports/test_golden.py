"""What people read, kept as files: a change of wording shows up in review. EDGECI_UPDATE_GOLDEN=1 writes them anew."""

import datetime
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from edgeci import __version__
from edgeci.gates.decision import decide
from edgeci.gates.waiving import waived
from edgeci.reports import annotations, html, junit, markdown, sarif, terminal
from edgeci.types import Evidence, Waiver
from tests import builders

GOLDEN = Path(__file__).parents[1] / "golden"
RENDERERS: dict[str, Callable[[Evidence], str]] = {
    "junit.xml": junit.render,
    "junit-candidates.xml": junit.render_candidates,
    "report.md": markdown.render,
    "report.html": html.render,
    "terminal.txt": partial(terminal.render, width=100),
    "annotations.txt": annotations.render,
    "edgeci.sarif": sarif.render,
}
WAIVER = Waiver(
    rule="speed-up", metric="latency_cpu", owner="Ada", reason="a faster board", expires=datetime.date(2030, 1, 31)
)


def with_a_waiver() -> Evidence:
    """Only a failure that somebody answers for is released."""
    lost = builders.without_winner()
    verdicts = tuple(waived(verdict, [WAIVER]) for verdict in lost.verdicts)
    gates = (builders.ACCURACY, builders.SPEED_UP, builders.MEMORY)
    judged = [each for each in lost.candidates if each.recipe != builders.AS_IS]
    decision = decide(lost.targets[0], judged, gates, verdicts, lost.measurements, ("latency_cpu",))
    return lost.model_copy(update={"verdicts": verdicts, "decisions": (decision,)})


KINDS: dict[str, Callable[[], Evidence]] = {
    "released": builders.evidence,
    "undecided": partial(builders.without_winner, "inconclusive"),
    "waived": with_a_waiver,
}


@pytest.mark.parametrize("name", RENDERERS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_report_reads_as_it_did(kind: str, name: str) -> None:
    text = RENDERERS[name](KINDS[kind]()).replace(__version__, "0.0.0")
    path = GOLDEN / kind / name
    if os.environ.get("EDGECI_UPDATE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", RENDERERS)
def test_the_same_evidence_gives_the_same_bytes(name: str) -> None:
    assert RENDERERS[name](builders.evidence()) == RENDERERS[name](builders.evidence())
